# One line as Filebeat ships it → [@metadata]: what is left of it when its wrappers are off (line), an id that a replay gives it
# again (line_id), and what it may be: an event in JSON (json), a text for the patterns (text), or nothing, and why (problem).
%w[contract line moment times wrappers].each { |part| require File.expand_path("model_logs/#{part}", File.dirname(__FILE__)) }

def register(_params)
  @wrappers = ModelLogs::Wrappers.load(ModelLogs::Contract.load)
end

def filter(event)
  message = event.get("[@metadata][message]")
  whole = text_of(message) || event.to_json
  set_aside(event)
  log = event.get("[@metadata][log]")
  event.set("[@metadata][line_id]", ModelLogs::Line.id(whole, log.is_a?(Hash) ? log : {}, event.get("[@metadata][host][name]")))
  line = ModelLogs::Line.clean(whole)
  event.set("[@metadata][whole]", line)
  reading = message.nil? ? ModelLogs::Reading.new(line, nil, "no line") : read(line, whole.bytesize, event.timestamp.to_s)
  keep(event, reading)
  [event]
end

def read(line, bytes, arrived)
  return ModelLogs::Reading.new("", nil, "UTF-16, not UTF-8") if line.include?("\u0000") && ModelLogs::Line.utf16?(line)
  return ModelLogs::Reading.new(line, true) if bytes <= ModelLogs::Line::LONGEST && @wrappers.plain?(line)
  return ModelLogs::Reading.new(line, nil, "longer than #{ModelLogs::Line::LONGEST} bytes") if bytes > ModelLogs::Line::LONGEST

  reading = @wrappers.read(line, arrived)
  if reading.problem.nil? && !reading.json && reading.text.length > ModelLogs::Line::LONGEST_TEXT
    reading.problem = "text longer than #{ModelLogs::Line::LONGEST_TEXT} characters"
  end
  reading
end

def keep(event, reading)
  event.set("[@metadata][line]", reading.text)
  event.set("[@metadata][written]", reading.time) if reading.time
  event.set("[@metadata][wrapped]", true) if reading.wrapped
  event.set("[@metadata][cut]", true) if reading.cut
  event.set("[@metadata][empty]", true) if reading.problem == ModelLogs::Wrappers::EMPTY && !reading.cut
  if reading.problem
    event.set("[@metadata][problem]", reading.problem)
  else
    event.set("[@metadata][#{reading.json ? "json" : "text"}]", true)
  end
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

test "an event of the logger" do
  parameters { {} }
  in_event { { "@metadata" => { "message" => "\u{FEFF}{\"event_type\":\"predict\",\"latency_ms\":12.5}\r" } } }
  expect("is one") { |events| events.first.get("[@metadata][json]") == true && events.first.get("[@metadata][text]").nil? }
  expect("is clean") { |events| events.first.get("[@metadata][line]") == '{"event_type":"predict","latency_ms":12.5}' }
  expect("has an id of its own") { |events| events.first.get("[@metadata][line_id]").length == 36 }
end

test "a line whose place in its file is known" do
  parameters { {} }
  in_event { { "@metadata" => { "message" => "x\r", "log" => { "offset" => 7, "file" => { "fingerprint" => "f", "path" => "/a" } } } } }
  expect("gets the hash of fingerprint, offset and line") do |events|
    events.first.get("[@metadata][line_id]") == Digest::SHA256.hexdigest("f\n7\nx")
  end
  expect("is left to the patterns") { |events| events.first.get("[@metadata][text]") == true }
end

test "an empty line" do
  parameters { {} }
  in_event { { "@metadata" => { "message" => " \t\r" } } }
  expect("is no event") { |events| events.first.get("[@metadata][empty]") == true }
end

test "an event of Filebeat without a line" do
  parameters { {} }
  in_event { { "a" => 1 } }
  expect("is kept whole") { |events| JSON.parse(events.first.get("[@metadata][line]"))["a"] == 1 && events.first.get("[@metadata][problem]") == "no line" }
end

test "colours" do
  parameters { {} }
  in_event { { "@metadata" => { "message" => "\e[32mINFO\e[0m x" } } }
  expect("are taken off") { |events| events.first.get("[@metadata][line]") == "INFO x" }
end

test "a whole event behind the mark of a process" do
  parameters { {} }
  in_event { { "@metadata" => { "message" => '(M pid=1) {"@timestamp":"2026-01-15T10:30:00Z","event_type":"predict"}' } } }
  expect("is that event") do |events|
    events.first.get("[@metadata][line]") == '{"@timestamp":"2026-01-15T10:30:00Z","event_type":"predict"}' && events.first.get("[@metadata][json]")
  end
  expect("and wrapped") { |events| events.first.get("[@metadata][wrapped]") == true }
end

test "a text in a container's line" do
  parameters { {} }
  in_event { { "@metadata" => { "message" => '{"log":"starting\\n","stream":"stdout","time":"2026-01-15T10:30:00.5Z"}' } } }
  expect("is that text") { |events| events.first.get("[@metadata][line]") == "starting" && events.first.get("[@metadata][text]") }
  expect("has the container's time") { |events| events.first.get("[@metadata][written]") == "2026-01-15T10:30:00.500Z" }
end
