# Replaces secrets, as the logger does before a line leaves its process: lines of other programs pass here too. What a
# secret looks like stands in generated/redaction.json (from mappings/redaction.yml).
require "json"

module ModelLogs
  class Redactor
    # An escaped backslash, or a printable character of ASCII that JSON writes as \uXXXX; not the quote and the backslash.
    ESCAPES = /\\\\|\\u00(?!22|5[cC])[2-7]\h/
    Rule = Struct.new(:marks, :needs, :gate, :regex, :put)
    # Where a name in camel case has a new word: dbPassword.
    HUMP = /(?<=[a-z0-9])(?=[A-Z])/

    def self.load(home = File.expand_path("../..", File.dirname(__FILE__)))
      @loaded ||= {}
      @loaded[home] ||= new(JSON.parse(File.read(File.join(home, "generated", "redaction.json"), encoding: "UTF-8")))
    end

    def initialize(rules)
      @replacement = rules["replacement"]
      @name = /(?:\A|_)(?:#{rules["names"].join("|")})\z/
      @unless = /(?:\A|_)(?:#{rules["unless"].join("|")})\z/
      @fields = rules["fields"]
      @rules = rules["patterns"].map do |pattern|
        gate = expression(pattern["gate"]) unless pattern["gate"].empty?
        Rule.new(pattern["marks"], pattern["needs"], gate, expression(pattern["regex"]), pattern["put"])
      end
      freeze
    end

    # The fields whose text is looked through, dotted.
    attr_reader :fields

    # The text without secrets; the same object when there is none in it.
    def text(text)
      lower = nil
      @rules.each do |rule|
        next unless rule.marks.empty? || rule.marks.any? { |mark| text.include?(mark) }

        lower ||= text.downcase
        next unless rule.needs.empty? || rule.needs.any? { |need| lower.include?(need) }

        text = text.gsub(rule.regex, rule.put) if rule.gate.nil? || rule.gate.match?(lower)
      end
      text
    end

    # A line that was not understood, also where JSON's escapes spell a secret.
    def line(line)
      return text(line) unless line.include?("\\u00")

      plain = line.gsub(ESCAPES) { |found| found.length == 6 ? found[4, 2].hex.chr : found }
      clean = text(plain)
      clean == plain ? line : clean
    end

    # A value with whatever stands in it; what a secret name holds is replaced whole.
    def value(value)
      case value
      when String then text(value)
      when Array then pair?(value) ? [value[0], @replacement] : value.map { |item| value(item) }
      when Hash then beside(value).to_h { |name, item| [name, secret?(name) && !item.nil? ? @replacement : value(item)] }
      else value
      end
    end

    def secret?(name)
      plain = name.gsub(HUMP, "_").downcase.tr("-.", "__")
      @name.match?(plain) && !@unless.match?(plain)
    end

    private

    # ["x-api-key", "…"]
    def pair?(items)
      items.length == 2 && items.all?(String) && secret?(items[0])
    end

    # {"name": "DB_PASSWORD", "value": "…"}
    def beside(tree)
      named = [tree["name"], tree["key"]].find { |name| name.is_a?(String) }
      named && secret?(named) && !tree["value"].nil? ? tree.merge("value" => @replacement) : tree
    end

    # \b, \w and \s as in Python and Java.
    def expression(regex)
      Regexp.new("(?a:#{regex})")
    end
  end
end
