# An event in a writer's own words → the contract's names, types and forms, and what is wrong with it: dotted names,
# other writers' names, plain values where the contract has objects, capital letters, numbers for keywords. Knows nothing
# of lines, ids, environments or streams. `ship` does the same (src/model_logs/parse/), held to by the same test vectors.
require "bigdecimal"
require "json"

module ModelLogs
  # fields: dotted name → value, only values that fit; objects: labels, metrics and features, flat; marks: the logger's own tags;
  # rest: what the contract does not know, stored and not indexed; bad: dotted name → what is wrong with its value.
  Event = Struct.new(:fields, :objects, :marks, :rest, :bad) do
    def self.empty(objects)
      new({}, objects.keys.to_h { |name| [name, {}] }, [], {}, {})
    end
  end

  class Normaliser
    class BadValue < StandardError; end

    LONGEST_KEYWORD = 8191   # beyond it logsdb ignores a keyword without a word
    LONGEST_NAME = 256
    LONGEST_SHOWN = 60
    GIVEN_TWICE = "is given twice, with two values".freeze
    # Where names of the user's own beyond the bound of an event are stored, and not searched.
    BEYOND = "beyond".freeze
    LARGEST_FLOAT = 3.4028234663852886e38
    # Set on the way; a line that uses such a name, or one that begins with _ or @, gets a label.
    NOT_THE_LINES = %w[tags data_stream fields agent ecs input].freeze

    def initialize(contract)
      @contract = contract
      @words = contract.words
    end

    def normalise(raw)
      event = Event.empty(@contract.objects)
      found = {}
      begin
        walk(raw, [], found, event)
      rescue BadValue => e
        event.bad["event"] = e.message
      end
      take_other_names(found, event)
      found.each do |name, value|
        fitting = fitting(@contract.fields.fetch(name), value)
        event.fields[name] = fitting unless fitting.nil?
      rescue BadValue => e
        event.bad[name] = e.message
      end
      event.marks |= ["ambiguous_type"] if @contract.ambiguous?(event.fields["event_type"].to_s)
      event.fields["features_sampled"] = true unless event.objects["features"].empty?
      event
    end

    # Puts what Filebeat's processors added under what a line says: where both say something, the line wins. A value of
    # theirs that does not fit the contract becomes a label: it is no fault of the line.
    def under(event, added)
      return if added.empty?

      extra = normalise(added)
      event.fields = extra.fields.reject { |name, _| event.bad.key?(name) }.merge(event.fields)
      event.objects = event.objects.to_h { |kind, values| [kind, extra.objects[kind].merge(values)] }
      event.rest = extra.rest.merge(event.rest) { |_, a, b| a.is_a?(Hash) && b.is_a?(Hash) ? a.merge(b) : b }
      extra.bad.each_key do |name|
        value = name.split(".").reduce(added) { |place, part| place.is_a?(Hash) ? place[part] : nil }
        event.objects["labels"][name] ||= label(value) unless value.nil?
      end
    end

    # The event nested, as it is stored.
    def tree(event)
      tree = event.rest.dup
      event.fields.each { |name, value| place(tree, name.split("."), value) }
      tree["tags"] = event.marks unless event.marks.empty?
      tree.merge(event.objects.reject { |_, values| values.empty? })
    end

    private

    def walk(values, above, found, event)
      values.each do |key, value|
        path = above + parts(key)
        raise BadValue, "nested deeper than #{Line::DEEPEST} levels" if path.length > Line::DEEPEST

        leaf = leaf_above(path)
        if leaf && leaf != path.join(".")
          sort_in(leaf.split("."), { key => value }, found, event)
        elsif value.is_a?(Hash) && !value.empty? && !leaf
          walk(value, path, found, event)
        elsif value.is_a?(Line::Twice) && !leaf && value.all?(Hash)
          value.each { |item| walk(item, path, found, event) }
        else
          sort_in(path, value, found, event)
        end
      end
    end

    # A dotted name in parts that Elasticsearch and Logstash take; "_" when nothing is left.
    def parts(name)
      return [name] if name.match?(/\A\w+\z/)

      found = name.split(".").map { |part| part.gsub(/\A[[:space:]\u001c-\u001f]+|[[:space:]\u001c-\u001f]+\z/, "").tr("[]", "__") }
      found.reject!(&:empty?)
      found.empty? ? ["_"] : found
    end

    # The field or alias that this path is or lies below: no value may stand below one.
    def leaf_above(path)
      path.length.downto(1) do |length|
        name = path.first(length).join(".")
        return name if @contract.leaf?(name)
      end
      nil
    end

    def sort_in(path, value, found, event)
      name = path.join(".")
      root = path.first
      if @contract.fields.key?(name) || @contract.alias?(name) || (@words["names"].key?(name) && value.is_a?(String))
        take(found, name, value)
      elsif @contract.objects.key?(root)
        take_free_name(root, path.drop(1).join("."), value, event)
      elsif name == "tags"
        take_tags(value, event)
      elsif NOT_THE_LINES.include?(root) || root.start_with?("_", "@")
        take_free_name("labels", name, value, event)
      elsif @contract.by_shipper.include?(name)
        nil
      elsif @contract.parents.include?(name)
        take_plain(name, value, found, event)
      elsif !place(event.rest, path, tidy(value))
        event.bad[name] = "stands beside another value of the same name"
      end
    end

    # The value of a field; a second one that differs, under another spelling of the name, is kept beside it.
    def take(found, name, value)
      known = found[name]
      if known.nil? || known == "" || known == value
        found[name] = value
      elsif !value.nil? && value != ""
        found[name] = Line::Twice.new([known, value])
      end
    end

    # A plain value where the contract has an object.
    def take_plain(name, value, found, event)
      plain = @words["plain"][name]
      if plain && !value.is_a?(Hash) && !value.is_a?(Array)
        found[plain] = value unless found.key?(plain)
      elsif !value.nil? && value != {}
        event.bad[name] = "is no object"
      end
    end

    def take_tags(value, event)
      tags = value.is_a?(Array) ? value : [value]
      marks, others = tags.partition { |tag| @words["marks"].include?(tag) }
      event.marks |= marks
      take_free_name("labels", "tags", value.is_a?(Array) ? others : value, event) unless others.empty?
    end

    # A value of nobody's field with names that Elasticsearch takes.
    def tidy(value)
      case value
      when Array then value.map { |item| tidy(item) }
      when Hash then value.to_h { |name, item| [parts(name).join("."), tidy(item)] }
      else value
      end
    end

    # False when something else is there or in the way.
    def place(tree, path, value)
      *parents, last = path
      parents.each do |parent|
        tree[parent] = {} unless tree.key?(parent)
        tree = tree[parent]
        return false unless tree.is_a?(Hash)
      end
      return false unless tree[last].nil? || tree[last] == {}

      tree[last] = value
      true
    end

    def take_other_names(found, event)
      counts = @words["counts"].to_h { |name| [name, "@timestamp"] }
      [*@contract.other_names, *counts].each do |other, name|
        next unless found.key?(other) || take_odd_value(other, name, found, event)

        value = found.delete(other)
        if found[name].nil? || found[name] == ""
          found[name] = value
        elsif found[name] != value
          take_free_name("labels", other, value, event)
        end
      end
    end

    # A number that counts from 1970 as a time, and a list of lines as a stack, where there is no other.
    def take_odd_value(other, name, found, event)
      value = event.rest[other]
      return false unless found[name].nil? || found[name] == ""

      if name == "@timestamp" && (moment = Moment.since_1970(value))
        found[other] = moment
      elsif name == "error.stack_trace" && value.is_a?(Array) && !value.empty?
        take_stack(other, value, found)
      else
        return false
      end
      event.rest.delete(other)
      true
    end

    # A stack that is a list: its lines, or the exceptions as structlog's `dict_tracebacks` has them.
    def take_stack(other, value, found)
      first = value.first
      if first.is_a?(Hash)
        { "error.type" => "exc_type", "error.message" => "exc_value" }.each do |name, part|
          found[name] = first[part] if first[part].is_a?(String) && !found.key?(name)
        end
      end
      found[other] = value.map { |item| label_text(item).sub(/\n+\z/, "") }.join("\n")
    end

    # One label or metric under the writer's own name.
    def take_free_name(kind, name, value, event)
      return if value.nil? || (value == {} && name.empty?)
      return take_value(kind, name, value, event) if @contract.objects[kind] == "value"

      unless name.length.between?(1, LONGEST_NAME)
        event.bad[kind] = name.empty? ? "is no object" : "a name of #{name.length} characters"
        return
      end
      keyword = @contract.objects[kind] == "keyword"
      put(kind, name, keyword ? label(value) : number(value, -LARGEST_FLOAT, LARGEST_FLOAT), event)
    rescue BadValue => e
      event.bad["#{kind}.#{name}"] = e.message
    end

    # A number or a short text; anything else is kept beyond, since no event is the worse for one feature.
    def take_value(kind, name, value, event)
      return if value == {}

      value = value.to_s if [true, false].include?(value)
      taken = event.objects[kind]
      room = taken.key?(name) || taken.length < @contract.most_names[kind]
      if name.length.between?(1, LONGEST_NAME) && room && value?(kind, value) && taken.fetch(name, value) == value
        taken[name] = value
      else
        keep_beyond(kind, name.empty? ? "_" : name, value, event)
      end
    end

    def value?(kind, value)
      return value.length <= @contract.longest_value[kind] if value.is_a?(String)

      value.is_a?(Numeric) && value.between?(-LARGEST_FLOAT, LARGEST_FLOAT)
    end

    def keep_beyond(kind, name, value, event)
      event.marks |= ["truncated"]
      beyond = event.rest[BEYOND] ||= {}
      values = beyond[kind] ||= {} if beyond.is_a?(Hash)
      return values[name] = value if values.is_a?(Hash)

      event.bad["#{kind}.#{name}"] = "stands beside another value of the same name"
    end

    # A label or a metric beside the others, or beyond the bound of one event.
    def put(kind, name, value, event)
      taken = event.objects[kind]
      if taken.length >= @contract.most_names[kind] && !taken.key?(name)
        event.marks |= ["truncated"]
        beyond = event.rest[BEYOND] ||= {}
        raise BadValue, "stands beside another value of the same name" unless beyond.is_a?(Hash)

        taken = beyond[kind] ||= {}
      end
      if taken.key?(name) && taken[name] != value
        # Two names that became equal when they were cleaned.
        raise BadValue, GIVEN_TWICE unless kind == "labels"

        value = Array(taken[name]) | Array(value)
      end
      taken[name] = value
    end

    def label(value)
      value.is_a?(Array) ? value.compact.map { |item| label_text(item) } : label_text(value)
    end

    def label_text(value)
      scalar_text(value) || json(value)
    end

    # As JSON, with the numbers in their one form.
    def json(value)
      case value
      when Hash then "{#{value.map { |name, item| "#{JSON.generate(name)}:#{json(item)}" }.join(",")}}"
      when Array then "[#{value.map { |item| json(item) }.join(",")}]"
      when Float then float_text(value)
      else JSON.generate(value)
      end
    end

    # The text of a plain value as JSON writes it; nil for anything else.
    def scalar_text(value)
      case value
      when String then value
      when Float then float_text(value)
      when Numeric, true, false then value.to_s
      end
    end

    # 3.5, 1e+20, 1e-05: the shortest digits, the same on every engine (Float#to_s differs between them).
    def float_text(value)
      return value.to_s unless value.finite?

      number = BigDecimal(JSON.generate(value))
      return number.to_s("F") if value.zero? || value.abs.between?(1e-4, 9_999_999_999_999_998.0)

      sign, digits, _, exponent = number.split
      fraction = digits.length > 1 ? ".#{digits[1..]}" : ""
      format("%s%s%se%+03d", sign.negative? ? "-" : "", digits[0], fraction, exponent - 1)
    end

    # The value in its field's type and form; nil when it is absent.
    def fitting(field, value)
      return nil if value.nil?
      if value.is_a?(Line::Twice)
        fitting(field, value.last)
        raise BadValue, GIVEN_TWICE
      end

      case field.type
      when "keyword", "text", "date" then text(field, value)
      when "boolean"
        raise BadValue, "#{shown(value)} is neither true nor false" unless [true, false].include?(value)

        value
      when "float" then number(value, field.low, field.high)
      else
        number = number(value, field.low, field.high)
        raise BadValue, "#{shown(value)} is no whole number" unless number == number.floor

        number.to_i
      end
    end

    def text(field, value)
      text = scalar_text(value)
      if text.nil? || (field.name == "event_type" && !value.is_a?(String))
        raise BadValue, "#{shown(value)} is no string"
      end

      text = lower_case(field, text) if @words["lower_case"].include?(field.name)
      return nil if text.empty?

      if field.type == "date"
        return Moment.canonical(text.strip) || Moment.since_1970(value) ||
               raise(BadValue, "#{shown(value)} is no ISO 8601 time")
      end
      if field.values && !field.values.include?(text)
        raise BadValue, "#{shown(value)} is none of #{field.values.sort.join(", ")}"
      end
      if field.type == "keyword" && text.length > LONGEST_KEYWORD && field.name != "event.id"
        raise BadValue, "#{shown(value)} is longer than #{LONGEST_KEYWORD} characters"
      end

      text
    end

    def lower_case(field, text)
      lower = text.gsub(/\A[[:space:]\u001c-\u001f]+|[[:space:]\u001c-\u001f]+\z/, "").downcase
      return @contract.event_type(lower) if field.name == "event_type"

      @words["values"].fetch(field.name, {}).fetch(lower, lower)
    end

    def number(value, low, high)
      raise BadValue, GIVEN_TWICE if value.is_a?(Line::Twice)
      raise BadValue, "#{shown(value)} is no number" unless value.is_a?(Numeric)
      unless value >= low && value <= high
        raise BadValue, "#{shown(value)} is not between #{format("%g", low)} and #{format("%g", high)}"
      end

      value
    end

    def shown(value)
      return value.is_a?(Array) ? "a list" : "an object" if value.is_a?(Array) || value.is_a?(Hash)

      text = value.is_a?(Float) ? (value.finite? ? float_text(value) : "null") : JSON.generate(value)
      text.length <= LONGEST_SHOWN ? text : "#{text[0, LONGEST_SHOWN - 1]}…"
    end
  end
end
