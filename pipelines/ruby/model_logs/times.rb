# The time that a line of another program begins with, in the forms of wrappers.yml. `ship` does the same
# (src/model_logs/parse/leading.py).
require "yaml"

module ModelLogs
  class Times
    MONTHS = %w[Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec].freeze
    LONGEST = 512
    DAY = 24 * 3600

    # The file's content, read once.
    def self.file(home = File.expand_path("../..", File.dirname(__FILE__)))
      @files ||= {}
      @files[home] ||= YAML.safe_load(File.read(File.join(home, "wrappers.yml"), encoding: "UTF-8"))
    end

    # An expression of the file with its parts put in.
    def self.expanded(regex, parts)
      regex = regex.gsub(/%\{([A-Z]+)\}/) { parts.fetch(Regexp.last_match(1)) } while regex.include?("%{")
      regex
    end

    def initialize(raw)
      parts = raw["parts"]
      before = raw["before_time"].map { |each| "(?:#{Times.expanded(each, parts)})" }.join("|")
      @forms = raw["times"].map { |each| Regexp.new("\\A(?:#{before})(?:#{Times.expanded(each, parts)})") }
    end

    # The time that a text begins with, as it is stored; nil when it begins with none. arrived: when it came, ISO 8601, which
    # decides what a form leaves open.
    def leading(text, arrived)
      head = text[0, LONGEST]
      @forms.each do |form|
        found = form.match(head)
        moment = found && moment(found.named_captures, arrived)
        return moment if moment
      end
      nil
    end

    private

    def moment(said, arrived)
      if (epoch = said["epoch"])
        return Moment.since_1970(epoch.include?(".") ? epoch.to_f : epoch.to_i)
      end

      hour = said["hour"].to_i
      # A clock of 24 hours needs no half of the day, and some write one all the same.
      hour = hour % 12 + (said["half"].upcase == "PM" ? 12 : 0) if said["half"] && hour.between?(1, 12)
      clock = format("%02d:%s:%s.%s", hour, said["minute"], said["second"] || "00", said["fraction"] || "0")
      zone = (said["zone"] || "").strip.sub("GMT", "Z")
      latest = a_day_after(arrived)
      readings = days(said, latest).map { |day| Moment.canonical("#{day}T#{clock}#{zone}") }
      return readings.first if readings.length == 1

      readings.compact.select { |reading| reading <= latest }.max
    end

    # The days that the words for one may mean.
    def days(said, latest)
      if said["first"]
        first, middle = said.values_at("first", "middle").map { |number| format("%02d", number.to_i) }
        return ["#{said["year"]}-#{first}-#{middle}", "#{said["year"]}-#{middle}-#{first}"] if said["year"]

        return ["20#{said["last"]}-#{first}-#{middle}", "20#{first}-#{middle}-#{said["last"]}"]
      end
      month = said["name"] ? MONTHS.index(said["name"]) + 1 : said["month"].to_i
      day = format("%02d-%02d", month, said["day"].to_i)
      year = said["year"] || (said["short"] && "20#{said["short"]}")
      return ["#{year}-#{day}"] if year

      this = latest[0, 4].to_i
      [0, 1].map { |back| format("%04d-%s", this - back, day) }
    end

    # The latest time that a line may have which came then: clocks and zones differ.
    def a_day_after(arrived)
      moment = Moment.canonical(arrived.to_s) || "9999-12-30T00:00:00.000Z"
      later = Time.utc(*moment.scan(/\d+/).first(6).map(&:to_i)) + DAY
      "#{later.strftime("%Y-%m-%dT%H:%M:%S")}#{moment[19..]}"
    end
  end
end
