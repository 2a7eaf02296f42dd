# Sets environment, id and host: from the event, else from Filebeat (fields.env, host.name) or from the line; environment
# and id are checked in either case.
# script_params: environments, separated by commas; default, the environment of an event that names none.
require File.expand_path("model_logs/place", File.dirname(__FILE__))

def register(params)
  @place = ModelLogs::Place.new(params["environments"].to_s, params["default"].to_s)
end

def filter(event)
  environment, written = @place.environment(event.get("environment"), event.get("[@metadata][fields][env]"))
  event.set("environment", environment)
  event.set("[labels][environment]", written) if written
  id, written = @place.id(event.get("[event][id]"), event.get("[@metadata][line_id]"))
  event.set("[event][id]", id)
  event.set("[@metadata][id]", id)
  event.set("[labels][event_id]", written) if written
  # Not in the configuration: there the host "false" would be no host.
  host = event.get("[@metadata][host][name]")
  event.set("[host][name]", host) if host.is_a?(String) && event.get("[host][name]").nil?
  [event]
end

test "an event that names its environment" do
  parameters { { "environments" => "production, Pre-Prod", "default" => "production" } }
  in_event { { "environment" => " PRE-prod ", "event" => { "id" => "w-1" }, "@metadata" => { "fields" => { "env" => "production" } } } }
  expect("keeps it, in the form of a stream's name") { |events| events.first.get("environment") == "pre_prod" }
  expect("keeps its id") { |events| events.first.get("[@metadata][id]") == "w-1" && events.first.get("labels").nil? }
end

test "an event that names none" do
  parameters { { "environments" => "production,staging", "default" => "staging" } }
  in_events do
    [{ "@metadata" => { "line_id" => "l", "fields" => { "env" => "production" }, "host" => { "name" => "web-1" } } }, { "environment" => "", "@metadata" => { "line_id" => "l" } }]
  end
  expect("has Filebeat's, else the default") { |events| events.map { |event| event.get("environment") } == %w[production staging] }
  expect("has Filebeat's host") { |events| events.first.get("[host][name]") == "web-1" }
  expect("has the line's id") { |events| events.first.get("[event][id]") == "l" }
end

test "an environment and an id that cannot be" do
  parameters { { "environments" => "production", "default" => "production" } }
  in_event { { "environment" => "*", "event" => { "id" => "a b" } } }
  expect("create nothing") { |events| events.first.get("environment") == "unknown" && events.first.get("[labels][environment]") == "*" }
  expect("are bounded") { |events| events.first.get("[@metadata][id]") == Digest::SHA256.hexdigest("a b") && events.first.get("[labels][event_id]") == "a b" }
end
