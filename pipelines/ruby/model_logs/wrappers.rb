# What other programs put around a line, taken off: container runtimes, process managers, launchers, progress bars. The forms
# stand in wrappers.yml; `ship` does the same (src/model_logs/parse/wrappers.py), held to by the same test vectors.
require "json"

module ModelLogs
  # text: what is left of a line; json: it is the text of an event; problem: why it is neither an event nor a text; time: when
  # it was written, as its wrappers say; wrapped: something was taken off; cut: a container runtime cut it.
  Reading = Struct.new(:text, :json, :problem, :time, :wrapped, :cut)

  class Wrappers
    MARK = "wrapped".freeze
    EMPTY = "empty line".freeze
    CUT = "a part of a line that the container runtime cut".freeze
    DEEPEST = 6
    MOST_TRIES = 32          # objects of a line that are looked at, in search of an event
    OPENS = /\{[ \t]*"/
    OURS = '{"@timestamp":"'.freeze
    LIST = /\A[ \t]*\[[ \t]*[\[{"]/
    LONGEST_WRAPPED = Line::LONGEST_TEXT + 1024  # in characters: a longer text is none that the patterns read
    LONGEST_SUFFIX = 512
    TOKEN = /"(?:[^"\\]|\\.)*+"|[\[\]{}]/m
    Carrier = Struct.new(:line, :beside, :time, :cut)

    attr_reader :times

    def self.load(contract)
      @loaded ||= new(Times.file, contract)
    end

    def initialize(raw, contract)
      parts = raw["parts"]
      @prefixes = raw["prefixes"].map { |each| Regexp.new("\\A(?:#{Times.expanded(each["regex"], parts)})") }
      @suffixes = raw["suffixes"].map { |each| Regexp.new("(?:#{Times.expanded(each["regex"], parts)})\\z") }
      @carriers = raw["carriers"].map { |each| Carrier.new(each["line"], each["beside"], each["time"], each["cut"]) }
      @of_events = raw["carriers_of_events"]
      names = (@carriers.map(&:line) + @of_events).uniq.sort
      @carrying = Regexp.new("\"(?:#{names.map { |name| Regexp.escape(name) }.join("|")})\"[ \\t]*:")
      others = contract.other_names
      @types = ["event_type"] + others.select { |_, name| name == "event_type" }.keys
      @time_names = ["@timestamp"] + others.select { |_, name| name == "@timestamp" }.keys
      @hints = @types.map { |name| "#{name.split(".").last}\"" }
      @times = Times.new(raw)
    end

    # Whether a text is that of an event that carries no other, as far as can be seen without reading it.
    def plain?(text)
      text.start_with?(OURS) || (text.start_with?("{") && !text.match?(@carrying))
    end

    # Whether the name of an event's type stands somewhere in a text.
    def hints_at_an_event?(text)
      @hints.any? { |hint| text.include?(hint) }
    end

    # Where an event is looked for, of an object that names a type where it is not; nil for any other.
    def elsewhere(text)
      # In a text within JSON the quotes are escaped.
      return unless ['event_type"', 'event_type\\"'].any? { |hint| text.include?(hint) }

      "event_type stands in it, but neither at its root nor in a text under one of these names: #{@of_events.join(", ")}"
    end

    # Takes off what stands around a line, and around what is left, until it is an event, a text, or nothing.
    def read(text, arrived)
      time = nil
      wrapped = cut = false
      DEEPEST.times do
        reading, value = look_at(text)
        inner = reading ? carried(text, value, arrived) : unwrapped(text, arrived)
        unless inner
          found = reading || Reading.new(text)
          found.time = time
          found.cut = cut
          found.wrapped ||= wrapped
          return found
        end
        text = inner.text
        wrapped = true
        cut = inner.cut
        time = inner.time || time
      end
      Reading.new(text, nil, nil, time, wrapped, cut)
    end

    private

    # The event of a text, or why it can be none; nil for a text that may be wrapped.
    def look_at(text)
      first = Line.first_character(text)
      return [Reading.new(text, nil, EMPTY)] unless first

      problem = nil
      if ["{", "["].include?(first)
        value, problem = loaded(text)
        return [Reading.new(text, !value.nil?, problem), value] unless problem == "no JSON"
      end
      found = events_in(text)
      if found.length == 1
        value, problem = loaded(found.first)
        return [Reading.new(found.first, !value.nil?, problem, nil, true), value]
      end
      return [Reading.new(text, nil, problem)] if first == "{" || (first == "[" && text.match?(LIST))

      found.empty? ? nil : [Reading.new(text, nil, "more than one event")]
    end

    def loaded(text)
      [Line.load(text), nil]
    rescue Line::Unreadable => e
      [nil, e.message]
    end

    # The whole events in a text of other things, two at most. Where an object of somebody else's is broken, what stands
    # behind it may lie within it, and is left alone.
    def events_in(text)
      found = []
      return found unless hints_at_an_event?(text)

      at = 0
      first = true
      MOST_TRIES.times do
        at = text.index(OPENS, at)
        break unless at

        value, past = object_at(text, at)
        if value.nil?
          break if !may_be_torn?(text, at) || (first && text[0, at].strip.empty?)

          at += 1
        else
          found << text[at...past] if event?(value)
          break if found.length > 1

          at = past
        end
        first = false
      end
      found
    end

    # The object that begins at a place, and the place behind it; nil where none does.
    def object_at(text, at)
      depth = 0
      place = at
      while (place = text.index(TOKEN, place))
        token = Regexp.last_match(0)
        place += token.length
        depth += 1 if ["{", "["].include?(token)
        depth -= 1 if ["}", "]"].include?(token)
        break if depth.zero?
      end
      return nil unless place

      value = JSON.parse(Line.without_lone_surrogates(text[at...place]), Line::OPTIONS.merge(allow_nan: true))
      value.is_a?(Hash) ? [value, place] : nil
    rescue JSON::ParserError
      nil
    end

    # Whether an event of the logger may begin here that was never ended.
    def may_be_torn?(text, at)
      behind = text[at, OURS.length]
      behind == OURS || (2..14).any? { |size| behind.start_with?(OURS[0, size]) && behind[size] == "{" }
    end

    def event?(value)
      type?(value) && @time_names.any? { |name| value.key?(name) }
    end

    def type?(value)
      @types.any? do |name|
        head, tail = name.split(".", 2)
        value.key?(name) || (tail && value[head].is_a?(Hash) && value[head].key?(tail))
      end
    end

    # What is left of a text behind one prefix, or before one suffix; nil when it has neither. Of a line that was written
    # over, a terminal shows what stands behind the last return or backspace.
    def unwrapped(text, arrived)
      last = [text.rindex("\r"), text.rindex("\u0008")].compact.max
      return Reading.new(text[(last + 1)..]) if last && Line.first_character(text[(last + 1)..])
      return if text.length > LONGEST_WRAPPED

      tail = text.length > LONGEST_SUFFIX ? text[-LONGEST_SUFFIX..] : text
      @suffixes.each do |suffix|
        found = tail[suffix]
        return Reading.new(text[0, text.length - found.length]) if found && found.length < text.length
      end
      @prefixes.each do |prefix|
        found = prefix.match(text)
        next unless found

        groups = found.named_captures
        time = groups["time"] && @times.leading(groups["time"], arrived)
        return Reading.new(found.post_match, nil, nil, time, true, groups["part"] == "P")
      end
      nil
    end

    # The line that an object of another program carries; nil for any other object.
    def carried(text, value, arrived)
      return if value.nil? || text.start_with?(OURS) || !text.match?(@carrying) || type?(value)

      @carriers.each do |carrier|
        line = text_of(value[carrier.line])
        next unless line && value.key?(carrier.beside)

        time = value[carrier.time]
        time = time.is_a?(String) || time.is_a?(Integer) ? @times.leading(time.to_s, arrived) : nil
        cut = !carrier.cut.nil? && !line.end_with?("\n") && line.bytesize >= carrier.cut
        return Reading.new(Line.clean(line), nil, nil, time, true, cut)
      end
      @of_events.each do |name|
        line = text_of(value[name])
        return Reading.new(Line.clean(line), nil, nil, nil, true, false) if line && events_in(line).length == 1
      end
      nil
    end

    # A carried line; journald writes one with control characters as a list of its bytes.
    def text_of(value)
      return value if value.is_a?(String)
      return unless value.is_a?(Array) && !value.empty? && value.all? { |item| item.is_a?(Integer) && item.between?(0, 255) }

      value.pack("C*").force_encoding(Encoding::UTF_8)
    end
  end
end
