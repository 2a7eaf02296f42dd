# An event that Filebeat's ndjson parser has unpacked already → the same [@metadata] as line.rb leaves. Only lines are
# promised (shipper/filebeat.yml ships them raw); this is for estates where Filebeat parses for other reasons.
require File.expand_path("model_logs/line", File.dirname(__FILE__))

def filter(event)
  return [event] unless unpacked?(event)

  event.remove("[event][original]")
  json = event.to_hash
  json["@timestamp"] = event.timestamp.to_s
  log = json["log"].is_a?(Hash) ? json["log"] : {}
  host = json["host"].is_a?(Hash) ? json["host"] : {}
  line = event.to_json
  event.set("[@metadata][log]", log)
  event.set("[@metadata][host]", host)
  event.set("[@metadata][fields]", json["fields"]) if json["fields"].is_a?(Hash)
  json.each_key { |name| event.remove("[#{name}]") unless name == "@timestamp" }
  %w[@version agent ecs input fields tags].each { |name| json.delete(name) }
  event.set("[@metadata][line]", line)
  event.set("[@metadata][line_id]", ModelLogs::Line.id(line, log, host["name"]))
  event.set("[@metadata][json]", json)
  [event]
end

# An event has an id, or that of its request. A type alone may be a constant of Filebeat's (fields_under_root): the line is
# then still to be read.
def unpacked?(event)
  event.get("message").nil? || [event.get("[event][id]"), event.get("request_id")].any? { |id| id.is_a?(String) && !id.empty? }
end

test "a type that Filebeat sets at the root" do
  in_events { [{ "event_type" => "predict", "message" => "false" }, { "event_type" => "predict", "message" => "" }] }
  expect("leaves the line to be read") { |events| events.all? { |event| event.get("[@metadata][json]").nil? && event.get("message") } }
end

test "an event unpacked by Filebeat" do
  in_event { { "event_type" => "predict", "event" => { "id" => "w-1" }, "agent" => { "id" => "x" }, "log" => { "offset" => 3, "level" => "info" } } }
  expect("is put aside whole") do |events|
    json = events.first.get("[@metadata][json]")
    json["event"] == { "id" => "w-1" } && json["log"]["level"] == "info" && !json.key?("agent")
  end
  expect("leaves nothing behind") { |events| events.first.to_hash.keys == ["@timestamp"] }
  expect("keeps its place in the file") { |events| events.first.get("[@metadata][log][offset]") == 3 }
end
