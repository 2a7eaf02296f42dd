# Hides secrets where free text may stand: the fields that mappings/redaction.yml names, labels and features, the original of
# what was not understood, and names that the contract does not know. The logger has done so already; other programs not.
require File.expand_path("model_logs/redactor", File.dirname(__FILE__))

def register(_params)
  @redactor = ModelLogs::Redactor.load
  fields = @redactor.fields + %w[labels features]
  @references = fields.map { |name| "[#{name.split(".").join("][")}]" }
end

def filter(event)
  line = event.get("[event][original]")
  event.set("[event][original]", @redactor.line(line)) if line.is_a?(String)
  @references.each do |reference|
    value = event.get(reference)
    next if value.nil?

    clean = @redactor.value(value)
    event.set(reference, clean) unless clean == value
  end
  (event.get("[@metadata][rest]") || []).each do |name|
    value = event.get("[#{name}]")
    clean = @redactor.value({ name => value })[name]
    event.set("[#{name}]", clean) unless clean == value
  end
  [event]
end

test "secrets of other programs" do
  parameters { {} }
  in_event do
    { "message" => "login with password=hunter2", "labels" => { "db_password" => "x", "team" => "a" }, "password" => "y", "model_name" => "password=z",
      "settings" => { "api_key" => "k", "url" => "redis://:hunter2@cache/0" }, "@metadata" => { "rest" => %w[password settings] } }
  end
  expect("are hidden in text") { |events| events.first.get("message") == "login with password=[redacted]" }
  expect("are hidden by name") { |events| events.first.get("labels") == { "db_password" => "[redacted]", "team" => "a" } }
  expect("are hidden where nobody knows the name") do |events|
    events.first.get("password") == "[redacted]" && events.first.get("settings") == { "api_key" => "[redacted]", "url" => "redis://:[redacted]@cache/0" }
  end
  expect("the contract's keywords stay") { |events| events.first.get("model_name") == "password=z" }
end

test "a line that was not understood" do
  parameters { {} }
  in_event { { "event" => { "original" => '{"password": "correct horse", "token": 5}' } } }
  expect("is hidden too") { |events| events.first.get("[event][original]") == '{"password": "[redacted]", "token": 5}' }
end

test "a secret that JSON's escapes spell" do
  parameters { {} }
  in_event { { "event" => { "original" => '{"x":"pass\\u0077ord=hunter2 \\\\u0041","y":"\\u0022"}' } } }
  expect("is hidden") { |events| events.first.get("[event][original]") == '{"x":"password=[redacted] \\\\u0041","y":"\\u0022"}' }
end

test "escapes that spell no secret" do
  parameters { {} }
  in_event { { "event" => { "original" => '{"x":"\\u0041"}' } } }
  expect("stay as they are") { |events| events.first.get("[event][original]") == '{"x":"\\u0041"}' }
end
