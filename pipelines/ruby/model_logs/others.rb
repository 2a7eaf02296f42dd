# other_lines.yml, or a file of the user's in its form: access lines that are predictions, lines to ignore. `ship` does the
# same (src/model_logs/parse/text/other_lines.py). A file that makes no sense keeps the pipeline from starting, with its reason.
require "yaml"

module ModelLogs
  class OtherLines
    # Request Timeout, Gateway Timeout; nginx's code for a client that left.
    OWN_STATUS = { 408 => "timeout", 504 => "timeout", 499 => "cancelled" }.freeze
    Path = Struct.new(:regex, :model, :version, :methods)

    # file: the user's; empty for the one that ships, which names nothing.
    def initialize(file)
      file = File.join(File.expand_path("../..", File.dirname(__FILE__)), "other_lines.yml") if file.to_s.empty?
      raw = YAML.safe_load(File.read(file, encoding: "UTF-8"))
      raise "#{file} holds something else than predictions and ignore" unless raw.is_a?(Hash) && (raw.keys - %w[version predictions ignore]).empty?

      @paths = (raw["predictions"] || []).map { |said| path_of(said, file) }
      @ignored = (raw["ignore"] || []).map { |regex| Regexp.new(regex) }
    end

    # Whether a line that no event is in is not about models.
    def ignores?(line)
      @ignored.any? { |regex| regex.match?(line) }
    end

    # An access line's event with its type, its status and, where its path names one, its model.
    def of_access(event)
      event["status"] ||= status_of(event["http.response.status_code"])
      event["event_type"] = "log"
      @paths.each do |path|
        found = path.regex.match(event["url.path"].to_s)
        next unless found && path.methods.include?(event["http.request.method"])

        said = found.named_captures
        event["event_type"] = "predict"
        event["model_name"] = said["model"] || path.model
        version = said["version"] || path.version
        event["model_version"] = version unless version.empty?
        event["tags"] = ["incomplete"] unless event["request_id"]
        break
      end
      event
    end

    private

    def status_of(code)
      return "cancelled" if code.nil? # nobody waited for an answer

      return OWN_STATUS.fetch(code, "error") if !code.is_a?(Integer) || OWN_STATUS.key?(code)

      code >= 500 ? "error" : code >= 400 ? "invalid" : "success"
    end

    def path_of(said, file)
      unknown = said.keys - %w[path model version methods]
      raise "#{file}: #{unknown} mean nothing in a prediction" unless unknown.empty?

      path = said.fetch("path")
      raise "#{file}: the prediction #{path} names no model" unless said.key?("model") || path.include?("{model}")

      regex = path.split(/(\{(?:model|version)\})/).map { |part| part.match?(/\A\{(?:model|version)\}\z/) ? "(?<#{part[1..-2]}>[^/]+)" : Regexp.escape(part) }.join
      Path.new(Regexp.new("\\A#{regex}\\z"), said.fetch("model", "").to_s, said.fetch("version", "").to_s, said["methods"] || ["POST"])
    end
  end
end
