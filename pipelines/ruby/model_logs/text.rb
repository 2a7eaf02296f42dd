# What the patterns captured of a text line → an event in the contract's names: quotes off, kinds and units in the contract's
# words, and the values that are in doubt. `ship` does the same (src/model_logs/parse/text/lines.py).
module ModelLogs
  class Text
    # A key and its value: quoted, or up to the next key. The value of one word ends at its first blank.
    PAIR = /[ \t]([A-Za-z_][A-Za-z0-9_.]*)=((?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')(?=[ \t]|\z)|[^ \t]*(?:[ \t]+(?![A-Za-z_][A-Za-z0-9_.]*=)[^ \t]+)*)/m
    # What looks like a blank and is none to the patterns.
    ODD = "[\\u000b-\\u000d\\u001c-\\u001f\\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]".freeze
    HIDDEN_WORD = /\A[^ \t]*?(#{ODD})(?!#{ODD}*(?:[ \t]|\z))/
    HIDDEN_KEY = /(#{ODD})#{ODD}*[A-Za-z_][A-Za-z0-9_.]*=/
    # Fields whose values may hold blanks without quotes.
    WITH_BLANKS = %w[user.name reason error.message].freeze

    def initialize(contract)
      @contract = contract
      @words = contract.words
      @keys = @words["text_keys"].flat_map { |field, keys| keys.map { |key| [key, field] } }.to_h
    end

    # The captures as an event; an access line of a web server has neither type nor time yet. scratch: reads what was captured below [@metadata].
    def event(captures, &scratch)
      captures = unquoted(captures)
      if captures["event_type"]
        captures["@timestamp"] = scratch.call(@words["text_time"])
        captures["event_type"] = @contract.event_type(captures["event_type"])
      end
      @words["quantities"].each do |field, quantity|
        number = scratch.call(quantity["number"])
        next unless number

        factor = quantity["factors"].fetch(scratch.call(quantity["unit"]) || quantity["unit_if_none"])
        captures[field] = factor == 1 ? number.to_f : (number.to_f * factor).then { |value| value.finite? ? value.round(9) : value }
      end
      captures
    end

    # Field → why its value in a line that a pattern took is in doubt. The patterns take the last value of a key that stands
    # twice, and a no-break space or a control character between two words for a part of the first.
    def doubts(line)
      values = {}
      line.scan(PAIR).each_with_object({}) do |(key, value), found|
        field = @keys[key]
        next if field.nil? || value.empty?

        values[field] ||= value
        if unquoted(values[field]) != unquoted(value)
          found[field] = Normaliser::GIVEN_TWICE
        elsif unquoted(value) == value && (odd = (WITH_BLANKS.include?(field) ? HIDDEN_KEY : HIDDEN_WORD).match(value))
          found[field] = format("has U+%04X where a blank should part two words", odd[1].ord)
        end
      end
    end

    private

    def unquoted(value)
      case value
      when Hash then value.transform_values { |item| unquoted(item) }
      when String then value.length > 1 && value[0] == value[-1] && "\"'".include?(value[0]) ? value[1..-2].gsub(/\\(.)/m, '\1') : value
      else value
      end
    end
  end
end
