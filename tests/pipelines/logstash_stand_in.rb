# A stand-in for Logstash, where none can run: its event, and the few filters that our configuration uses, in JRuby as in
# Logstash. It refuses every option and every form that it does not know, so that a test cannot pass by what it lacks.
# It is no proof of the syntax, of the plugins' own checks, or of anything about inputs and outputs; `model-logs pipeline
# test` runs the same vectors on a real Logstash.
#
#   java -jar jruby-complete.jar logstash_stand_in.rb
#
# A question is a line of JSON on standard input, and its answer a line on standard output: ["test", SCRIPT...] runs the
# `test` blocks of Ruby scripts, ["run", PIPELINE.json, EVENT...] gives the documents of events (as texts of JSON).
require "json"

module LogStash
  class Timestamp
    attr_reader :text

    def initialize(text = "2026-01-15T10:30:02.000Z")
      raise TypeError, "not the form that we store: #{text.inspect}" unless text.match?(/\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\z/)

      @text = text
    end

    def to_s = @text

    def to_json(*arguments) = @text.to_json(*arguments)

    def to_i = Time.utc(*@text.scan(/\d+/).first(6).map(&:to_i)).to_i
  end

  class Event
    REFERENCE = /\A(?:[^\[\]]+|(?:\[[^\[\]]+\])+)\z/

    def initialize(fields = {})
      @fields = { "@version" => "1" }.merge(Event.kept(fields))
      @metadata = @fields.delete("@metadata") || {}
      stamp = @fields["@timestamp"]
      @fields["@timestamp"] = stamp.is_a?(Timestamp) ? stamp : Timestamp.new(*stamp)
    end

    def get(reference)
      parents, last = holder(reference)
      value = parents.is_a?(Hash) ? parents[last] : nil
      Event.kept(value)
    end

    def set(reference, value)
      raise TypeError, "wrong argument type #{value.class}" if reference == "@timestamp" && !value.is_a?(Timestamp)

      parents, last = holder(reference, create: true)
      parents[last] = Event.kept(value)
      value
    end

    def remove(reference)
      parents, last = holder(reference)
      parents.delete(last) if parents.is_a?(Hash)
    end

    def timestamp = @fields["@timestamp"]

    def to_hash = Event.kept(@fields)

    def to_json(*) = JSON.generate(@fields)

    def tag(name) = set("tags", ((get("tags") || []) + [name]).uniq)

    def sprintf(text)
      text.gsub(/%\{([^}]+\}?)\}/) do |found|
        next timestamp.to_s if Regexp.last_match(1) == "{TIME_NOW}"

        value = get(Regexp.last_match(1))
        value.nil? ? found : value.to_s
      end
    end

    # What Logstash takes, copied; a Hash comes back in another order, as from Logstash's map.
    def self.kept(value)
      case value
      when Hash
        raise TypeError, "a key that is no string in #{value.inspect}" unless value.keys.all?(String)

        value.to_a.reverse.to_h { |name, item| [name, kept(item)] }
      when Array then value.map { |item| kept(item) }
      when String then value.dup
      when Integer, Float, true, false, nil, Timestamp then value
      else raise TypeError, "Missing Converter handling for full class name=#{value.class}"
      end
    end

    private

    def holder(reference, create: false)
      raise ArgumentError, "Invalid FieldReference: `#{reference}`" unless reference.match?(REFERENCE)

      *path, last = reference.start_with?("[") ? reference.scan(/[^\[\]]+/) : [reference]
      place = path.first == "@metadata" ? @metadata : @fields
      path.shift if path.first == "@metadata"
      path.each do |name|
        place[name] = {} if create && place[name].nil?
        place = place[name]
        break unless place.is_a?(Hash)
      end
      raise TypeError, "#{reference} lies below a value" if create && !place.is_a?(Hash)

      [place, last]
    end
  end
end

# A Ruby script as the ruby filter loads it: in an object of its own, by instance_eval, tests apart.
class Script
  class Place
    def initialize(tests) = @tests = tests

    def test(name, &block) = @tests&.push([name, block])

    def register(_params) = nil

    def logger = self

    %i[debug info warn error].each { |level| define_method(level) { |*_| nil } }
  end

  def initialize(path, params = {})
    @path = path
    @tests = []
    @place = load_into(Place.new(@tests))
    @place.register(params)
  end

  def filter(event)
    found = @place.filter(event)
    raise "#{@path} returned no list of events" unless found.is_a?(Array) && found.all?(LogStash::Event)

    found
  end

  # Name of each expectation → whether it held.
  def results
    @tests.flat_map { |name, block| Trial.new(load_into(Place.new(nil))).run(name, block) }
  end

  private

  def load_into(place)
    place.instance_eval(File.read(@path), @path, 1)
    place
  end
end

class Trial
  def initialize(place)
    @place = place
    @expectations = []
  end

  def parameters(&block) = @place.register(block.call)

  def in_event(&block) = @events = [block.call].flatten(1).map { |fields| LogStash::Event.new(fields) }
  alias in_events in_event

  def expect(name, &block) = @expectations << [name, block]

  def run(name, block)
    instance_eval(&block)
    events = @events.flat_map { |event| @place.filter(event) }
    @expectations.map { |expected, check| ["#{name}: #{expected}", check.call(events) ? true : false] }
  end
end

# The filters that conf.d uses, each with the options that it uses. A plugin is {"name", "options"}, a branch
# {"if": [[condition, body], ...], "else": body}.
class Pipeline
  def initialize(steps) = @steps = steps.map { |step| prepared(step) }

  # The events that one becomes; a script may make several, or none.
  def run(event) = apply(@steps, [event])

  private

  def prepared(step)
    return { "if" => step["if"].map { |test, body| [test, body.map { |s| prepared(s) }] }, "else" => step["else"].map { |s| prepared(s) } } if step["if"]

    options = step["options"].reject { |name, _| name == "id" }
    case step["name"]
    when "drop" then known(options, []) && ->(_event) { [] }
    when "ruby" then known(options, %w[path script_params]) && Script.new(options["path"], options.fetch("script_params", {})).method(:filter)
    when "grok" then known(options, %w[patterns_dir match timeout_millis]) && Patterns.new(options).method(:filter)
    when "mutate" then known(options, %w[rename replace remove_field copy convert]) && ->(event) { mutate(event, options) }
    else raise "#{step["name"]} is not known here"
    end
  end

  def known(options, names)
    unknown = options.keys - names
    unknown.empty? || raise("not known here: #{unknown}")
  end

  def apply(steps, events)
    steps.reduce(events) { |left, step| left.flat_map { |event| one(step, event) } }
  end

  def one(step, event)
    return step.call(event) unless step.is_a?(Hash)

    _, body = step["if"].find { |test, _| holds?(test, event) }
    apply(body || step["else"], [event])
  end

  def holds?(test, event)
    case test["is"]
    when "field" then truth(event.get(test["field"]))
    when "not" then !holds?(test["of"], event)
    when "or" then test["of"].any? { |one| holds?(one, event) }
    when "and" then test["of"].all? { |one| holds?(one, event) }
    when "in" then Array(event.get(test["field"])).include?(test["value"])
    else raise "the condition #{test} is not known here"
    end
  end

  # Logstash takes the string "false" for false.
  def truth(value) = value.is_a?(String) ? value.casecmp?("true") || (!value.empty? && !value.casecmp?("false")) : !value.nil? && value != false

  # In the order in which mutate works, whatever the order in the file.
  def mutate(event, options)
    options.fetch("rename", {}).each { |old, new| (value = event.remove(old)).nil? || event.set(new, value) }
    options.fetch("replace", {}).each { |name, text| event.set(name, event.sprintf(text)) }
    options.fetch("convert", {}).each { |name, type| (value = event.get(name)).nil? || event.set(name, { "string" => value.to_s }.fetch(type)) }
    options.fetch("copy", {}).each { |from, to| (value = event.get(from)).nil? || event.set(to, value) }
    Array(options["remove_field"]).each { |name| event.remove(name) }
    [event]
  end
end

# The grok filter: patterns put into one another, compiled with MULTILINE as its library does.
class Patterns
  def initialize(options)
    files = options["patterns_dir"].flat_map { |folder| Dir[File.join(folder, "*")] }
    @patterns = files.flat_map { |file| File.readlines(file, chomp: true, encoding: "UTF-8") }
                     .reject { |line| line.empty? || line.start_with?("#") }.to_h { |line| line.split(/\s+/, 2) }
    @source, expressions = options["match"].first
    @compiled = expressions.map { |expression| compile(expression) }
  end

  def filter(event)
    text = event.get(@source)
    @compiled.each do |regex, captures|
      next unless (found = regex.match(text))

      captures.each { |group, (field, type)| take(event, field, type, found[group]) }
      return [event]
    end
    event.tag("_grokparsefailure")
    [event]
  end

  private

  def compile(expression)
    captures = {}
    while (found = /%\{(\w+)(?::([^}:]+))?(?::(int|float))?\}/.match(expression))
      group = found[2] && "g#{captures.length}"
      captures[group] = [found[2], found[3]] if group
      expression = found.pre_match + "(?#{group ? "<#{group}>" : ":"}#{@patterns.fetch(found[1])})" + found.post_match
    end
    [Regexp.new(expression, Regexp::MULTILINE), captures]
  end

  def take(event, field, type, text)
    return if text.nil? || text.empty?
    raise "#{field} is captured twice" unless event.get(field).nil?

    event.set(field, { "int" => text.to_i, "float" => text.to_f }.fetch(type, text))
  end
end

def answer(what, *given)
  return given.to_h { |path| [path, Script.new(path).results] } if what == "test"

  pipeline = Pipeline.new(JSON.parse(File.read(given.shift)))
  given.flat_map { |event| pipeline.run(LogStash::Event.new(JSON.parse(event))) }.map do |event|
    { "id" => event.get("[@metadata][id]"), "source" => event.to_hash }
  end
end

$stdin.set_encoding("UTF-8")
$stdout.sync = true
$stdin.each_line do |line|
  puts JSON.generate({ "answer" => answer(*JSON.parse(line)) })
rescue Exception => error # rubocop:disable Lint/RescueException - the test is told of all of them
  puts JSON.generate({ "error" => error.full_message(highlight: false) })
end
