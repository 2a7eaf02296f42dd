# Says on each decision (an approval, a transition, a verdict of a gate) whether it came by the road of registries and gates.
# The pipeline says so, nothing in the event: whoever writes a log file can write any field and any tag, and whoever speaks to
# the Beats input any @metadata. normalise.rb has left nothing of that name at the root.
# script_params: attested, "true" in the pipeline of registries and gates.
require File.expand_path("model_logs/contract", File.dirname(__FILE__))

def register(params)
  @attested = params["attested"].to_s == "true"
  @decisions = ModelLogs::Contract.load.attested
end

def filter(event)
  event.set("attested", @attested) if @decisions.include?(event.get("event_type"))
  [event]
end

test "the pipeline of everybody" do
  parameters { { "attested" => "false" } }
  in_events do
    [{ "event_type" => "approved", "attested" => true, "@metadata" => { "attested" => true } }, { "event_type" => "predict" }]
  end
  expect("attests nothing, whatever the sender says") { |events| events.first.get("attested") == false }
  expect("leaves what decides nothing alone") { |events| events.last.get("attested").nil? }
end

test "the pipeline of registries and gates" do
  parameters { { "attested" => "true" } }
  in_events { %w[approved transitioned gate_passed].map { |type| { "event_type" => type } } }
  expect("attests decisions") { |events| events.all? { |event| event.get("attested") == true } }
end
