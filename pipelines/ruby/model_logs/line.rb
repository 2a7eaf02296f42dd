# The text of one line: cleaned, read as JSON, and given an id. Tolerant where writers are careless: a byte-order mark,
# CR, terminal colours, lone surrogates.
require "digest"
require "json"
require "securerandom"
require "strscan"

module ModelLogs
  module Line
    # The text is no event; the message is the reason that stands in the document.
    class Unreadable < StandardError; end

    # The values of a name that stands twice in one object, where they differ.
    class Twice < Array; end

    DEEPEST = 20             # Elasticsearch's own limit for the depth of a mapping
    MOST_VALUES = 10_000     # names and list items of one event: bounds the time that one line can take
    LONGEST = 1024 * 1024    # in bytes; of a longer line a part is kept, as unparsed
    LONGEST_TEXT = 65_536    # in characters; no pattern has to run over more
    # What a program writes for a terminal: colours, moves of the cursor, titles of the window.
    COLOUR = /\e(?:\[[0-9;:?<=>]*[ -\/]*[@-~]|\][^\x07\e]*(?:\x07|\e\\)|[()][0-9A-Za-z]|[=>78cDEHM])/
    BLANK_BEFORE_COLON = /"[ \t\r\n]+:/
    ESCAPES = /\\(?:u[dD][89abAB]\h\h\\u[dD][c-fC-F]\h\h|u[dD][89a-fA-F]\h\h|.)/m
    STRING = %r{"(?:[^"\\]|\\(?:["\\/bfnrt]|u\h{4}))*+"}
    # How every event of the logger begins; inside a JSON text its quotes are escaped.
    BEGIN_OF_EVENT = '{"@timestamp":"'
    # Where one may begin behind a whole one, with a blank, a comma or the like between them.
    BEHIND_A_WHOLE = /\}(?:[^"{},]*\{|[^"{}]*\{"@timestamp":")/
    EVENT = /\A\{"@timestamp":"[0-9T:.-]{23}Z","event":\{"id":"/
    OPTIONS = { max_nesting: 1000, allow_duplicate_key: true }.freeze
    LONG = (-(1 << 63)..(1 << 64) - 1)

    # Zeros before a line are what a loss of power leaves, or a writer without O_APPEND after a truncation.
    def self.without_end(text)
      text.sub(/\A\u0000+/, "").sub(/[\r\n]+\z/, "")
    end

    def self.clean(text)
      text = text.scrub("\uFFFD") unless text.valid_encoding?
      text = text.sub(/\A\u0000+/, "").delete_prefix("\uFEFF")
      text = text.gsub(COLOUR, "") if text.include?("\e")
      without_end(text)
    end

    # The first character that is no blank; nil on an empty line.
    def self.first_character(text)
      text[/\A[[:space:]\u001c-\u001f]*+(.)/m, 1]
    end

    # The object that a JSON text stands for; of an event behind the torn begin of others, the event.
    def self.load(text)
      whole(text)
    rescue Unreadable
      behind = behind_torn(text)
      raise unless behind

      with_mark(whole(behind), "torn")
    end

    # An event with a mark among its tags.
    def self.with_mark(event, mark)
      tags = event["tags"]
      event.merge("tags" => (tags.is_a?(Array) ? tags : [tags].compact) + [mark])
    end

    # Whether a line is of a file in UTF-16: every other byte of it is zero.
    def self.utf16?(text)
      zeros = text.count("\u0000")
      zeros.positive? && 3 * zeros >= text.length
    end

    # The last event of a line that begins with half of another one; nil when this is no such line. A process that is killed
    # while it writes, or has no room, leaves half a line; another one that writes to the same file appends its event to it.
    def self.behind_torn(text)
      first = text.index(BEGIN_OF_EVENT)
      return unless first && BEGIN_OF_EVENT.start_with?(text[0, first])

      last = text.rindex(BEGIN_OF_EVENT)
      behind = text[last..]
      # Where a whole event may stand before the last, taking the last alone would drop it.
      last.positive? && !text[0, last + BEGIN_OF_EVENT.length].match?(BEHIND_A_WHOLE) && behind.match?(EVENT) ? behind : nil
    end

    # What a text stands for that is one object. Not by the json filter: of two objects on one line, as a torn write leaves
    # them, it takes the last and drops the first.
    def self.whole(text)
      value, text = parse(text)
      raise Unreadable, "no JSON object" unless value.is_a?(Hash)

      problem = too_big(value)
      raise Unreadable, problem if problem

      value = with_twice(StringScanner.new(text)) if may_repeat_names?(text, value)
      settled(value)
    end

    # Why a value is too deep or too large for an event; nil when it is neither.
    def self.too_big(value)
      count = 0
      waiting = [[value, 1]]
      until waiting.empty?
        container, depth = waiting.pop
        return "nested deeper than #{DEEPEST} levels" if depth > DEEPEST

        count += container.length
        return "more than #{MOST_VALUES} values" if count > MOST_VALUES

        items = container.is_a?(Hash) ? container.values : container
        items.each { |item| waiting.push([item, depth + 1]) if item.is_a?(Hash) || item.is_a?(Array) }
      end
      nil
    end

    # The same line of the same file gets the same id again, wherever the file was moved, so that a replay adds nothing.
    # file: what Filebeat knows of it; without an offset equal lines could not be told apart.
    def self.id(text, file, host)
      return SecureRandom.uuid unless file["offset"]

      known = file["file"].is_a?(Hash) ? file["file"] : {}
      place = known["fingerprint"] || [host, known["device_id"], known["inode"] || known["path"]].join(":")
      Digest::SHA256.hexdigest("#{place}\n#{file["offset"]}\n#{without_end(text)}")
    end

    # The value, and the text that it was read from. Ruby's parser takes comments and escapes that are none.
    def self.parse(text)
      raise Unreadable, "no JSON" if text.match?(%r{\\|//|/\*}) && text.gsub(STRING, "").match?(%r{[\\/"]})

      [JSON.parse(text, OPTIONS), text]
    rescue JSON::ParserError
      begin
        text = without_lone_surrogates(text)
        [JSON.parse(text, OPTIONS), text]
      rescue JSON::ParserError
        raise Unreadable, "no JSON"
      end
    end

    # Whether a name may stand twice in one object of a text that stands for value. Each name is followed by `":`; the same
    # within a text is taken for a doubt, which costs a slower look.
    def self.may_repeat_names?(text, value)
      count = 0
      at = -1
      count += 1 while (at = text.index('":', at + 1))
      count != names_in(value) || text.match?(BLANK_BEFORE_COLON)
    end

    def self.names_in(value)
      case value
      when Hash then value.length + value.each_value.sum { |item| names_in(item) }
      when Array then value.sum { |item| names_in(item) }
      else 0
      end
    end

    # The value of a text that is known to be JSON; a name that stands twice in one object holds both its values, where they
    # differ. Ruby's parser keeps the last, and what its options say of that differs from version to version.
    def self.with_twice(scanner)
      scanner.skip(/[[:space:],:]+/)
      if scanner.skip(/\{/)
        found = {}
        until scanner.skip(/[[:space:],]*\}/)
          scanner.skip(/[[:space:],]+/)
          name = scalar(scanner.scan(STRING))
          value = with_twice(scanner)
          known = found.fetch(name, value)
          found[name] = known == value ? value : Twice.new((known.is_a?(Twice) ? known : [known]) | [value])
        end
        found
      elsif scanner.skip(/\[/)
        found = []
        found << with_twice(scanner) until scanner.skip(/[[:space:],]*\]/)
        found
      else
        scalar(scanner.scan(STRING) || scanner.scan(/[^[:space:],\]}]+/))
      end
    end

    def self.scalar(text)
      JSON.parse("[#{text}]", OPTIONS).first
    end

    # Integers that no reader of JSON takes whole are floats, an infinite float is its name: JSON has no other word for it.
    def self.settled(value)
      case value
      when Hash then value.each_value.any? { |item| odd?(item) } ? value.transform_values { |item| settled(item) } : value
      when Twice then Twice.new(value.map { |item| settled(item) })
      when Array then value.any? { |item| odd?(item) } ? value.map { |item| settled(item) } : value
      when Integer then LONG.cover?(value) ? value : settled(value.to_f)
      when Float then value.finite? ? value : value.to_s
      else value
      end
    end

    def self.odd?(value)
      case value
      when Hash, Array then true
      when Integer then !LONG.cover?(value)
      when Float then !value.finite?
      else false
      end
    end

    def self.without_lone_surrogates(text)
      text.gsub(ESCAPES) { |found| found.length == 6 ? "\\ufffd" : found }
    end

    private_class_method :behind_torn, :whole, :parse, :may_repeat_names?, :names_in, :with_twice, :scalar, :settled, :odd?
  end
end
