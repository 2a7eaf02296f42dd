# One line as Filebeat ships it → [@metadata]: its text (line), an id that a replay gives it again (line_id), and either
# what it says (json), or that the patterns may try it (text), or why it cannot be read (problem).
require File.expand_path("model_logs/line", File.dirname(__FILE__))

def filter(event)
  message = event.get("[@metadata][message]")
  whole = text_of(message) || event.to_json
  log = event.get("[@metadata][log]")
  line_id = ModelLogs::Line.id(whole, log.is_a?(Hash) ? log : {}, event.get("[@metadata][host][name]"))
  line = ModelLogs::Line.clean(whole)
  event.set("[@metadata][line_id]", line_id)
  event.set("[@metadata][line]", line)
  name, found = message.nil? ? ["problem", "no line"] : read(line, whole.bytesize)
  event.set("[@metadata][#{name}]", found)
  [event]
end

def text_of(message)
  message.nil? || message.is_a?(String) ? message : JSON.generate(message)
end

def read(line, bytes)
  longest = ModelLogs::Line::LONGEST
  return ["problem", "longer than #{longest} bytes"] if bytes > longest

  case ModelLogs::Line.first_character(line)
  when nil then ["problem", "empty line"]
  when "{", "[" then read_json(line)
  else line.length > ModelLogs::Line::LONGEST_TEXT ? ["problem", "no pattern fits"] : ["text", true]
  end
end

def read_json(line)
  value = ModelLogs::Line.load(line)
  return ["problem", "no JSON object"] unless value.is_a?(Hash)

  problem = ModelLogs::Line.too_big(value)
  problem ? ["problem", problem] : ["json", value]
rescue ModelLogs::Line::NotJson
  ["problem", "no JSON"]
end

test "an event of the logger" do
  in_event { { "@metadata" => { "message" => "\u{FEFF}{\"event_type\":\"predict\",\"latency_ms\":12.5}\r" } } }
  expect("is read, with its types") { |events| events.first.get("[@metadata][json]") == { "event_type" => "predict", "latency_ms" => 12.5 } }
  expect("has an id of its own") { |events| events.first.get("[@metadata][line_id]").length == 36 }
end

test "a line whose place in its file is known" do
  in_event { { "@metadata" => { "message" => "x\r", "log" => { "offset" => 7, "file" => { "fingerprint" => "f", "path" => "/a" } } } } }
  expect("gets the hash of fingerprint, offset and line") do |events|
    events.first.get("[@metadata][line_id]") == Digest::SHA256.hexdigest("f\n7\nx")
  end
  expect("is left to the patterns") { |events| events.first.get("[@metadata][text]") == true }
end

test "two objects on one line, as a torn write leaves them" do
  in_event { { "@metadata" => { "message" => '{"a":1}{"b":2}' } } }
  expect("are not taken for one of the two") { |events| events.first.get("[@metadata][problem]") == "no JSON" }
end

test "a lone surrogate" do
  in_event { { "@metadata" => { "message" => '{"a":"\ud800x \ud83d\ude00 \\\\ud800"}' } } }
  expect("is replaced, a pair and an escaped backslash are not") do |events|
    events.first.get("[@metadata][json]") == { "a" => "\u{FFFD}x \u{1F600} \\ud800" }
  end
end

test "colours" do
  in_event { { "@metadata" => { "message" => "\e[32mINFO\e[0m x" } } }
  expect("are taken off") { |events| events.first.get("[@metadata][line]") == "INFO x" }
end
