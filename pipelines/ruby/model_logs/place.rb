# Where an event belongs: a bounded id, and an environment from the list. A caller can create no data stream.
require "digest"

module ModelLogs
  class Place
    UNKNOWN = "unknown"
    ID = /\A[A-Za-z0-9._:-]{1,128}\z/
    LONGEST_SHOWN = 1024

    # environments: the ones that have streams, separated by commas; default: the environment of an event without one.
    def initialize(environments, default)
      @allowed = environments.split(",").map { |name| normal(name) }.reject(&:empty?)
      @default = environment(default).first
    end

    # The environment, and what was written when that is not in the list.
    def environment(*written)
      written = written.find { |name| name.is_a?(String) && !name.empty? }
      return [@default, nil] unless written

      name = normal(written)
      @allowed.include?(name) || name == UNKNOWN ? [name, nil] : [UNKNOWN, written[0, LONGEST_SHOWN]]
    end

    # The id, and what was written when that cannot be one: Elasticsearch refuses a whole bulk request for an _id of
    # more than 512 bytes, and Logstash would send it again for ever.
    def id(written, line_id)
      return [line_id, nil] unless written
      return [written, nil] if ID.match?(written)

      [Digest::SHA256.hexdigest(written), written[0, LONGEST_SHOWN]]
    end

    private

    def normal(name)
      name.gsub(/\A[[:space:]\u001c-\u001f]+|[[:space:]\u001c-\u001f]+\z/, "").downcase.tr("-", "_")
    end
  end
end
