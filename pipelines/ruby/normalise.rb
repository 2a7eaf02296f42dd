# What a line says, in its writer's words → the event in the contract's names and types, at the root of the event. What
# does not fit the contract becomes `unparsed`, with the reason and the original line: one bad value stops nothing, and
# is not left to the failure store, which would store it once more at every replay.
%w[contract line moment normaliser].each { |part| require File.expand_path("model_logs/#{part}", File.dirname(__FILE__)) }

def register(_params)
  @contract = ModelLogs::Contract.load
  @words = @contract.words
  @normaliser = ModelLogs::Normaliser.new(@contract)
  # What is kept of an event that became unparsed, so that it can be found and its writer's sequence has no gap.
  @kept = %w[@timestamp event.id environment event.sequence process.entity_id process.pid host.name service.name
             service.version model_name model_version request_id trace.id span.id]
  @longest_original = 65_536
end

def filter(event)
  line = event.get("[@metadata][line]").to_s
  known, problem = understood(event, line)
  problem ||= problem_with(known)
  problem ? make_unparsed(known, problem, line) : known.fields["status"] ||= status_of(known)
  store(event, known)
end

# The event of a line, and why it is none when it could not be read at all. Whatever a line does, the event goes on.
def understood(event, line)
  problem = event.get("[@metadata][problem]")
  problem ? [empty, problem] : [@normaliser.normalise(said(event, line)), nil]
rescue ModelLogs::Line::Unreadable => e
  [empty, e.message]
rescue StandardError => e
  logger.error("A line could not be read", :error => e.class.name, :line_id => event.get("[@metadata][line_id]"))
  [empty, "a fault of the parser: #{e.class}"]
end

def empty
  ModelLogs::Event.empty(@contract.objects)
end

# What the line says, and under it what Filebeat's processors added. A Hash that went through the event has lost its order,
# so JSON is read here and not before: of two names for one field the last wins.
def said(event, line)
  added = event.to_hash.reject { |name, _| %w[@timestamp @version tags].include?(name) }
  json = event.get("[@metadata][json]")
  return from_text(added, event) unless json

  json = ModelLogs::Line.load(line) unless json.is_a?(Hash)
  added.empty? ? json : added.merge(json) { |_, a, b| a.is_a?(Hash) && b.is_a?(Hash) ? a.merge(b) : b }
end

# The captures of a text line: quotes off, kinds and units in the contract's words.
def from_text(captures, event)
  captures = unquoted(captures)
  captures["@timestamp"] = event.get(@words["text_time"])
  kind = captures["event_type"].downcase
  captures["event_type"] = @words["text_event_types"].fetch(kind, kind)
  @words["quantities"].each do |field, quantity|
    number = event.get(quantity["number"])
    next unless number

    factor = quantity["factors"].fetch(event.get(quantity["unit"]) || quantity["unit_if_none"])
    captures[field] = factor == 1 ? number.to_f : (number.to_f * factor).then { |value| value.finite? ? value.round(9) : value }
  end
  captures
end

def unquoted(value)
  case value
  when Hash then value.transform_values { |item| unquoted(item) }
  when String then value.length > 1 && value[0] == value[-1] && "\"'".include?(value[0]) ? value[1..-2].gsub(/\\(.)/m, '\1') : value
  else value
  end
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

def make_unparsed(known, problem, line)
  known.fields = known.fields.slice(*@kept).merge(
    "event.original" => line[0, @longest_original], "event_type" => "unparsed", "status" => "invalid", "reason" => problem
  )
  known.fields["error.message"] = known.bad.sort.map { |name, why| "#{name}: #{why}" }.join("; ") unless known.bad.empty?
  known.objects["metrics"] = {}
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
    { "@metadata" => { "time" => "2026-01-15 10:30:00,5", "latency" => "0.5", "unit" => "s" }, "event_type" => "PREDICT", "model_name" => '"a \"b\""',
      "user" => { "name" => "José" }, "kubernetes" => { "pod" => { "name" => "p" } } }
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
  expect("the last wins") { |events| events.first.get("[event][id]") == "b" }
end
