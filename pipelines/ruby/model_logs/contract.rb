# What an event may hold: the event contract (generated/contract.json) and other words for it (units.yml), read once.
# Decides nothing; normaliser.rb does.
require "json"
require "yaml"

module ModelLogs
  Field = Struct.new(:name, :type, :low, :high, :values)

  class Contract
    attr_reader :fields, :objects, :most_names, :longest_value, :by_shipper, :parents, :streams, :attested, :unknown_type_stream, :words, :other_names

    # home: the folder that holds generated/ and units.yml; by default the one above ruby/.
    def self.load(home = File.expand_path("../..", File.dirname(__FILE__)))
      @loaded ||= {}
      @loaded[home] ||= new(
        JSON.parse(File.read(File.join(home, "generated", "contract.json"), encoding: "UTF-8")),
        YAML.safe_load(File.read(File.join(home, "units.yml"), encoding: "UTF-8"))
      )
    end

    def initialize(contract, words)
      @by_shipper = contract["by_shipper"]
      @objects = contract["objects"]
      @most_names = contract["most_names"]
      @longest_value = contract["longest_value"]
      @fields = contract["fields"].to_h do |name, rule|
        [name, Field.new(name, rule["type"], rule["low"], rule["high"], rule["values"])]
      end
      names = @fields.keys + @by_shipper + contract["aliases"].keys
      @parents = names.flat_map { |name| parents_of(name) }.uniq
      @streams = contract["streams"]
      @attested = contract["attested"]
      @unknown_type_stream = contract["unknown_type_stream"]
      @words = words
      # Another name of a field → the field. The aliases of the contract come first.
      @other_names = contract["aliases"].merge(words["names"])
      @aliases = contract["aliases"]
      @event_types = words["event_types"].flat_map do |name, others|
        [*others, name].flat_map { |other| [[other, name], [other.delete("_"), name]] }
      end.to_h
      @ambiguous = words["ambiguous_event_types"].flat_map { |word| [word, word.delete("_")] }
      freeze
    end

    def leaf?(name)
      @fields.key?(name) || @aliases.key?(name) || @by_shipper.include?(name)
    end

    def alias?(name)
      @aliases.key?(name)
    end

    def stream(event_type)
      @streams.fetch(event_type, @unknown_type_stream)
    end

    # The contract's word for an event type, or the writer's own in lower case: `Promote`, `roll-back` and `Rolled Back` are
    # words of registries, in which blanks, dots and dashes count as `_`.
    def event_type(written)
      lower = written.gsub(/\A[[:space:]\u001c-\u001f]+|[[:space:]\u001c-\u001f]+\z/, "").downcase
      known = lower.gsub(/[ \t._-]+/, "_")
      @streams.key?(known) ? known : @event_types[known] || @event_types.fetch(known.delete("_"), lower)
    end

    # Whether a type is a registry's word that may stand for several types of the contract, or for none.
    def ambiguous?(type)
      !@streams.key?(type) && @ambiguous.include?(type.gsub(/[ \t._-]+/, ""))
    end

    private

    def parents_of(name)
      parts = name.split(".")
      (1...parts.length).map { |length| parts.first(length).join(".") }
    end
  end
end
