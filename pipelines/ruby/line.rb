# One line as Filebeat ships it → [@metadata]: its text (line), an id that a replay gives it again (line_id), and what it
# may be: an event in JSON (json), a text for the patterns (text), or nothing, and why (problem).
require File.expand_path("model_logs/line", File.dirname(__FILE__))

def filter(event)
  message = event.get("[@metadata][message]")
  whole = text_of(message) || event.to_json
  set_aside(event)
  log = event.get("[@metadata][log]")
  line_id = ModelLogs::Line.id(whole, log.is_a?(Hash) ? log : {}, event.get("[@metadata][host][name]"))
  line = ModelLogs::Line.clean(whole)
  event.set("[@metadata][line_id]", line_id)
  event.set("[@metadata][line]", line)
  name, found = message.nil? ? ["problem", "no line"] : read(line, whole.bytesize)
  event.set("[@metadata][#{name}]", found)
  [event]
end

# What Filebeat's processors added at the root, set aside: grok would make a list of a field that the line names too.
def set_aside(event)
  added = event.to_hash.reject { |name, _| %w[@timestamp @version].include?(name) }
  added.each_key { |name| event.remove("[#{name}]") }
  event.set("[@metadata][added]", added) unless added.empty?
end

def text_of(message)
  message.nil? || message.is_a?(String) ? message : JSON.generate(message)
end

def read(line, bytes)
  longest = ModelLogs::Line::LONGEST
  return ["problem", "longer than #{longest} bytes"] if bytes > longest

  case ModelLogs::Line.first_character(line)
  when nil then ["problem", "empty line"]
  when "{", "[" then ["json", true]
  else line.length > ModelLogs::Line::LONGEST_TEXT ? ["problem", "text longer than #{ModelLogs::Line::LONGEST_TEXT} characters"] : ["text", true]
  end
end

test "an event of the logger" do
  in_event { { "@metadata" => { "message" => "\u{FEFF}{\"event_type\":\"predict\",\"latency_ms\":12.5}\r" } } }
  expect("is one") { |events| events.first.get("[@metadata][json]") == true && events.first.get("[@metadata][text]").nil? }
  expect("is clean") { |events| events.first.get("[@metadata][line]") == '{"event_type":"predict","latency_ms":12.5}' }
  expect("has an id of its own") { |events| events.first.get("[@metadata][line_id]").length == 36 }
end

test "a line whose place in its file is known" do
  in_event { { "@metadata" => { "message" => "x\r", "log" => { "offset" => 7, "file" => { "fingerprint" => "f", "path" => "/a" } } } } }
  expect("gets the hash of fingerprint, offset and line") do |events|
    events.first.get("[@metadata][line_id]") == Digest::SHA256.hexdigest("f\n7\nx")
  end
  expect("is left to the patterns") { |events| events.first.get("[@metadata][text]") == true }
end

test "an empty line" do
  in_event { { "@metadata" => { "message" => " \t\r" } } }
  expect("is nothing") { |events| events.first.get("[@metadata][problem]") == "empty line" }
end

test "an event of Filebeat without a line" do
  in_event { { "a" => 1 } }
  expect("is kept whole") { |events| JSON.parse(events.first.get("[@metadata][line]"))["a"] == 1 && events.first.get("[@metadata][problem]") == "no line" }
end

test "colours" do
  in_event { { "@metadata" => { "message" => "\e[32mINFO\e[0m x" } } }
  expect("are taken off") { |events| events.first.get("[@metadata][line]") == "INFO x" }
end
