# A document that Elasticsearch refused → an unparsed event with the document's id, so that a replay does not repeat it.
# Only what every mapping takes is kept as fields; the document itself is text in event.original.
%w[place redactor].each { |part| require File.expand_path("model_logs/#{part}", File.dirname(__FILE__)) }

def register(params)
  @place = ModelLogs::Place.new(params["environments"].to_s, params["default"].to_s)
  @redactor = ModelLogs::Redactor.load
  @longest = 65_536
end

def filter(event)
  event.remove("@version")
  original = event.to_json
  id, = @place.id(text(event.get("[event][id]")), Digest::SHA256.hexdigest(original))
  environment, = @place.environment(event.get("environment"))
  log = event.get("log")
  event.to_hash.each_key { |name| event.remove("[#{name}]") unless name == "@timestamp" }
  event.set("event", { "id" => id, "original" => @redactor.text(original[0, @longest]) })
  event.set("event_type", "unparsed")
  event.set("status", "invalid")
  event.set("environment", environment)
  event.set("reason", "refused by Elasticsearch")
  event.set("[error][message]", @redactor.text(why(event)))
  event.set("log", log.slice("offset", "file")) if log.is_a?(Hash)
  event.set("[@metadata][id]", id)
  [event]
end

# The queue's reason is a message, the whole document, and the answer at the end.
def why(event)
  event.get("[@metadata][dead_letter_queue][reason]").to_s.rpartition(", response: ").last[0, 2000]
end

def text(value)
  value if value.is_a?(String) && !value.empty?
end

test "a refused document" do
  parameters { { "environments" => "production", "default" => "production" } }
  in_event do
    { "event" => { "id" => "w-1", "sequence" => 5 }, "environment" => "production", "labels" => { "x" => { "y" => 1 } }, "event_type" => "predict",
      "data_stream" => { "dataset" => "model.prediction" }, "log" => { "offset" => 3, "level" => "info" },
      "@metadata" => { "dead_letter_queue" => { "reason" => 'Could not index event, action: ["create", {password=x}], response: {"status"=>400}' } } }
  end
  expect("keeps its id") { |events| events.first.get("[@metadata][id]") == "w-1" && events.first.get("[event][id]") == "w-1" }
  expect("says why, and the answer only") { |events| events.first.get("[error][message]") == '{"status"=>400}' }
  expect("is text") { |events| JSON.parse(events.first.get("[event][original]"))["labels"] == { "x" => { "y" => 1 } } && events.first.get("labels").nil? }
  expect("keeps its place") { |events| events.first.get("log") == { "offset" => 3 } && events.first.get("environment") == "production" }
end

test "a document without an id" do
  parameters { { "environments" => "production", "default" => "production" } }
  in_event { { "environment" => "Ünknown", "event" => { "id" => "" } } }
  expect("gets one") { |events| events.first.get("[@metadata][id]").length == 64 }
  expect("creates no stream") { |events| events.first.get("environment") == "unknown" }
end
