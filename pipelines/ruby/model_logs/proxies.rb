# Access lines of proxies, in JSON: what proxies.yml says that their names mean. `ship` does the same
# (src/model_logs/parse/proxies.py).
require "yaml"

module ModelLogs
  class Proxies
    CODE = "http.response.status_code"
    # What stands where nothing is known.
    NOTHING = [nil, "", "-"].freeze
    Form = Struct.new(:requires, :fields, :labels, :endings)

    def self.load
      new(YAML.safe_load(File.read(File.join(File.expand_path("../..", File.dirname(__FILE__)), "proxies.yml"), encoding: "UTF-8")))
    end

    def initialize(raw)
      @forms = raw["forms"].map do |each|
        endings = (each["endings"] || {}).map { |name, said| [name, by_value(said)] }
        Form.new(each["requires"], each["fields"], each["labels"] || [], endings)
      end
    end

    # An access line's event, flat and without its type; nil for any other object.
    def read(line)
      return nil if line.key?("event_type")

      form = @forms.find { |each| each.requires.all? { |name| line.key?(name) } }
      form && event_of(form, line)
    end

    private

    def event_of(form, line)
      event = {}
      form.fields.each { |field, name| event[field] = line[name] unless NOTHING.include?(line[name]) }
      event["url.path"] = event["url.path"].partition("?").first if event["url.path"].is_a?(String)
      [CODE, "latency_ms"].each { |field| event[field] = event[field].to_i if event[field].is_a?(String) && event[field].match?(/\A[0-9]{1,15}\z/) }
      code = event[CODE]
      event["message"] = [event["http.request.method"], event["url.path"], code].compact.join(" ")
      answered = !code.nil? && !(code.is_a?(Integer) && code <= 0)
      event.delete(CODE) unless answered
      kept = form.labels.select { |name| (line[name].is_a?(String) || line[name].is_a?(Integer)) && !NOTHING.include?(line[name]) }
      event["labels"] = kept.to_h { |name| [name, line[name].to_s] }
      status = ending(form, line) || (answered ? nil : "cancelled")
      event["status"] = status if status
      event
    end

    def ending(form, line)
      form.endings.each do |name, statuses|
        line[name].to_s.split(",").each { |value| return statuses[plain(value)] if statuses.key?(plain(value)) }
      end
      nil
    end

    def by_value(said)
      said.flat_map { |status, values| values.map { |value| [plain(value), status] } }.to_h
    end

    def plain(value)
      value.strip.delete("_").downcase
    end
  end
end
