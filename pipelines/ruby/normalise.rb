# What a line says, in its writer's words → the event in the contract's names and types, at the root of the event. What
# does not fit the contract becomes `unparsed`, with the reason and the original line: one bad value stops nothing, and
# is not left to the failure store, which would store it once more at every replay.
%w[contract line moment normaliser text times wrappers others proxies].each { |part| require File.expand_path("model_logs/#{part}", File.dirname(__FILE__)) }

# script_params: other_lines, a file in the form of other_lines.yml; empty for that one.
def register(params)
  @contract = ModelLogs::Contract.load
  @words = @contract.words
  @normaliser = ModelLogs::Normaliser.new(@contract)
  @text = ModelLogs::Text.new(@contract)
  @wrappers = ModelLogs::Wrappers.load(@contract)
  @others = ModelLogs::OtherLines.new(params["other_lines"])
  @proxies = ModelLogs::Proxies.load
  # What is kept of an event that became unparsed, so that it can be found and its writer's sequence has no gap.
  @kept = %w[@timestamp event.id environment event.sequence process.entity_id process.pid host.name service.name
             service.version model_name model_version request_id trace.id span.id]
  @longest_original = 65_536
end

def filter(event)
  line = event.get("[@metadata][line]").to_s
  known, problem = understood(event, line)
  if ignored?(event, known, line)
    event.set("[@metadata][ignored]", true)
    return [event]
  end
  @normaliser.under(known, event.get("[@metadata][added]") || {})
  problem ||= problem_with(known)
  if problem
    known.fields["@timestamp"] ||= written(event, line)
    nowhere = event.get("[@metadata][json]") && !known.fields.key?("event_type") && !known.bad.key?("event_type")
    make_unparsed(known, problem, event.get("[@metadata][whole]") || line, nowhere ? @wrappers.elsewhere(line) : nil)
  else
    known.fields["status"] ||= status_of(known)
  end
  store(event, known)
end

# The event of a line, and why it is none when it could not be read at all. Whatever a line does, the event goes on.
def understood(event, line)
  problem = event.get("[@metadata][problem]")
  return [empty, event.get("[@metadata][cut]") ? ModelLogs::Wrappers::CUT : problem] if problem

  json = event.get("[@metadata][json]")
  return [from_text(event, line), nil] unless json

  # A Hash that went through the event has lost its order, so JSON is read here and not before.
  json = loaded(event, line) unless json.is_a?(Hash)
  access = @proxies.read(json)
  return [@normaliser.normalise(json), nil] unless access

  event.set("[@metadata][access]", true)
  known = @normaliser.normalise(@others.of_access(access))
  known.marks |= [ModelLogs::Wrappers::MARK] if event.get("[@metadata][wrapped]")
  [known, nil]
rescue ModelLogs::Line::Unreadable => e
  [empty, e.message]
rescue StandardError => e
  logger.error("A line could not be read", :error => e.class.name, :line_id => event.get("[@metadata][line_id]"))
  [empty, "a fault of the parser: #{e.class}"]
end

# The event of an access line, with its time, that of its wrapper, or that of its arrival.
def from_access(said, event, line)
  arrived = event.timestamp.to_s
  moment = @wrappers.times.leading(line, arrived) || event.get("[@metadata][written]")
  flat = { "http.request.method" => said.dig("http", "request", "method"), "url.path" => said.dig("url", "path"),
           "http.response.status_code" => said.dig("http", "response", "status_code"), "log.level" => said.dig("log", "level"),
           "latency_ms" => said["latency_ms"] }
  known = @normaliser.normalise(@others.of_access(flat).merge("message" => line, "@timestamp" => moment || arrived))
  known.marks |= ["arrival_time"] unless moment
  known.marks |= [ModelLogs::Wrappers::MARK] if event.get("[@metadata][wrapped]")
  known
end

# Whether a line is one that is not about models, as the user says; never where an event is in it.
def ignored?(event, known, line)
  type = known.fields["event_type"]
  of_nobody = type.nil? && known.bad.empty? && %w[event.sequence model_name].none? { |name| known.fields.key?(name) }
  access = type == "log" && (event.get("[@metadata][text]") || event.get("[@metadata][access]"))
  (of_nobody || access) && !@wrappers.hints_at_an_event?(line) && @others.ignores?(event.get("[@metadata][whole]") || line)
end

# The event of a JSON text, or of one with something around it.
def loaded(event, line)
  wrapped = event.get("[@metadata][wrapped]")
  begin
    json = ModelLogs::Line.load(line)
  rescue ModelLogs::Line::Unreadable
    reading = @wrappers.read(line, event.timestamp.to_s)
    raise unless reading.json

    wrapped = reading.wrapped
    json = ModelLogs::Line.load(reading.text)
  end
  wrapped ? ModelLogs::Line.with_mark(json, ModelLogs::Wrappers::MARK) : json
end

# When a line that was not understood was written: as it says, as its wrapper says; nil when nobody does.
def written(event, line)
  arrived = event.timestamp.to_s
  whole = event.get("[@metadata][whole]")
  @wrappers.times.leading(line, arrived) || event.get("[@metadata][written]") || (whole && @wrappers.times.leading(whole, arrived))
end

def empty
  ModelLogs::Event.empty(@contract.objects)
end

# What grok captured of a text line stands at the root, and nothing else does.
def from_text(event, line)
  captures = event.to_hash.reject { |name, _| %w[@timestamp @version tags].include?(name) }
  said = @text.event(captures) { |name| event.get(name) }
  return from_access(said, event, line) unless said["event_type"]

  known = @normaliser.normalise(said)
  known.bad.merge!(@text.doubts(line))
  known.marks |= [ModelLogs::Wrappers::MARK] if event.get("[@metadata][wrapped]")
  known.fields.reject! { |name, _| known.bad.key?(name) }
  known
end

def status_of(known)
  failed = @words["levels_of_failure"].include?(known.fields["log.level"]) || known.fields.keys.any? { |name| name.start_with?("error.") }
  failed ? "error" : "success"
end

# Why an event cannot be stored as what it says it is; nil when it can.
def problem_with(known)
  problems = %w[@timestamp event_type].reject { |name| known.fields.key?(name) || known.bad.key?(name) }.map { |name| "no #{name}" }
  problems << "bad value: #{known.bad.keys.sort.join(", ")}" unless known.bad.empty?
  problems << "the event calls itself unparsed" if known.fields["event_type"] == "unparsed"
  problems.empty? ? nil : problems.join("; ")
end

def make_unparsed(known, problem, line, hint)
  known.fields = known.fields.slice(*@kept).merge(
    "event.original" => line[0, @longest_original], "event_type" => "unparsed", "status" => "invalid", "reason" => problem
  )
  whys = known.bad.sort.map { |name, why| "#{name}: #{why}" } + [hint].compact
  known.fields["error.message"] = whys.join("; ") unless whys.empty?
  known.objects["metrics"] = {}
  known.objects["features"] = {}
  known.marks = []
  known.rest = {}
end

# Nothing stands at the root of the event but what the contract names, and what the line has beyond it.
def store(event, known)
  stamp = known.fields.delete("@timestamp")
  event.to_hash.each_key { |name| event.remove("[#{name}]") unless name == "@timestamp" }
  event.set("@timestamp", LogStash::Timestamp.new(stamp)) if stamp
  @normaliser.tree(known).each { |name, value| event.set("[#{name}]", value) }
  event.set("[@metadata][rest]", known.rest.keys) unless known.rest.empty?
  event.set("[@metadata][stream]", @contract.stream(known.fields["event_type"]))
  [event]
end

test "an event of the logger" do
  parameters { {} }
  in_event do
    { "@metadata" => { "json" => { "@timestamp" => "2026-01-15T10:30:00.123Z", "event" => { "id" => "w-1", "sequence" => 1 },
                                   "event_type" => "predict", "latency_ms" => 12.5, "cache_hit" => false, "status" => "success" } } }
  end
  expect("keeps its time") { |events| events.first.timestamp.to_s == "2026-01-15T10:30:00.123Z" }
  expect("keeps its types") { |events| events.first.get("latency_ms") == 12.5 && events.first.get("cache_hit") == false }
  expect("goes to the predictions") { |events| events.first.get("[@metadata][stream]") == "prediction" }
end

test "names that are not the line's to set" do
  parameters { {} }
  in_event do
    { "@metadata" => { "json" => { "@timestamp" => "2026-01-15T10:30:00Z", "event_type" => "predict", "@metadata" => { "stream" => "evil" },
                                   "tags" => ["_evil", "truncated"], "data_stream" => { "type" => "metrics" } } } }
  end
  expect("become labels") do |events|
    events.first.get("labels") == { "@metadata.stream" => "evil", "tags" => ["_evil"], "data_stream.type" => "metrics" }
  end
  expect("touch nothing") { |events| events.first.get("[@metadata][stream]") == "prediction" && events.first.get("data_stream").nil? }
  expect("the logger's own marks stay") { |events| events.first.get("tags") == ["truncated"] }
end

test "a word for a number" do
  parameters { {} }
  in_event do
    { "@metadata" => { "line" => "the line", "json" => { "@timestamp" => "2026-01-15T10:30:00Z", "event" => { "id" => "w-9" },
                                                         "event_type" => "predict", "latency_ms" => "abc", "metrics" => { "a" => 1 } } } }
  end
  expect("makes it unparsed, with its own id") { |events| events.first.get("event_type") == "unparsed" && events.first.get("[event][id]") == "w-9" }
  expect("says why") do |events|
    events.first.get("reason") == "bad value: latency_ms" && events.first.get("[error][message]") == 'latency_ms: "abc" is no number'
  end
  expect("keeps the original") { |events| events.first.get("[event][original]") == "the line" && events.first.get("metrics").nil? }
  expect("goes to its stream") { |events| events.first.get("[@metadata][stream]") == "unparsed" }
end

test "a text line" do
  parameters { {} }
  in_event do
    { "@metadata" => { "time" => "2026-01-15 10:30:00,5", "latency" => "0.5", "unit" => "s", "added" => { "kubernetes" => { "pod" => { "name" => "p" } } } },
      "event_type" => "PREDICT", "model_name" => '"a \"b\""', "user" => { "name" => "José" } }
  end
  expect("has milliseconds and UTC") { |events| events.first.get("latency_ms") == 500.0 && events.first.timestamp.to_s == "2026-01-15T10:30:00.500Z" }
  expect("has no quotes") { |events| events.first.get("model_name") == 'a "b"' }
  expect("succeeded, since nothing says otherwise") { |events| events.first.get("event_type") == "predict" && events.first.get("status") == "success" }
  expect("keeps what Filebeat added") { |events| events.first.get("[kubernetes][pod][name]") == "p" && events.first.get("[@metadata][rest]") == ["kubernetes"] }
end

test "other names, a plain user, capital letters" do
  parameters { {} }
  in_event do
    { "@metadata" => { "json" => { "timestamp" => "2026-01-15T12:30:00+02:00", "event.action" => "Transitioned", "stage" => "Production",
                                   "user" => "alice", "model_version" => 3, "level" => "ERROR", "http" => { "request" => { "id" => "r" } } } } }
  end
  expect("are put right") do |events|
    event = events.first
    event.get("event_type") == "transitioned" && event.get("stage") == "production" && event.get("[user][name]") == "alice" &&
      event.get("model_version") == "3" && event.get("[log][level]") == "error" && event.get("request_id") == "r"
  end
  expect("an error failed") { |events| events.first.get("status") == "error" }
  expect("UTC") { |events| events.first.timestamp.to_s == "2026-01-15T10:30:00.000Z" }
end

test "two objects on one line, as a torn write leaves them" do
  parameters { {} }
  in_event { { "@metadata" => { "line" => '{"event_type":"predict"}{"event_type":"quality"}', "json" => true } } }
  expect("are not taken for one of the two") { |events| events.first.get("reason") == "no JSON" && events.first.get("event_type") == "unparsed" }
end

test "a lone surrogate" do
  parameters { {} }
  in_event { { "@metadata" => { "line" => '{"@timestamp":"2026-01-15T10:30:00Z","event_type":"x","a":"\ud800x \ud83d\ude00 \\\\ud800"}', "json" => true } } }
  expect("is replaced, a pair and an escaped backslash are not") { |events| events.first.get("a") == "\u{FFFD}x \u{1F600} \\ud800" }
end

test "a name twice" do
  parameters { {} }
  in_event { { "@metadata" => { "line" => '{"@timestamp":"2026-01-15T10:30:00Z","event_type":"x","event":{"id":"a"},"z":1,"event.id":"b"}', "json" => true } } }
  expect("neither value wins") { |events| events.first.get("reason") == "bad value: event.id" && events.first.get("event_type") == "unparsed" }
end

test "what Filebeat's processors added" do
  parameters { {} }
  in_event do
    { "@metadata" => { "line" => '{"@timestamp":"2026-01-15T10:30:00Z","event_type":"x","service.environment":"staging"}', "json" => true,
                       "added" => { "environment" => "production", "latency_ms" => "abc", "kubernetes" => { "pod" => "p" } } } }
  end
  expect("lies under what the line says") { |events| events.first.get("environment") == "staging" && events.first.get("[kubernetes][pod]") == "p" }
  expect("spoils nothing") { |events| events.first.get("event_type") == "x" && events.first.get("[labels][latency_ms]") == "abc" }
end
