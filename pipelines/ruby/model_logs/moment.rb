# A timestamp as writers write it → UTC with milliseconds, the one form that is stored. Text and JSON alike.
module ModelLogs
  module Moment
    FORM = /\A(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?(?: ?(?:[Zz]|UTC|GMT|([+-])(\d\d):?([0-5]\d)?))?\z/
    COUNT = /\A(\d{9,19})(?:[.,](\d{1,9}))?\z/
    # Seconds, milliseconds, microseconds and nanoseconds since 1970 lie this far apart: the years 2000 to 2100.
    EARLIEST, LATEST = 946_684_800, 4_102_444_800
    UNITS = [1, 10**3, 10**6, 10**9].freeze
    WIDEST_OFFSET = 18 * 3600

    # "2026-01-15T10:30:00.123Z" for an ISO 8601 time; UTC when it names no zone; nil when it is none.
    def self.canonical(written)
      found = FORM.match(written)
      return nil unless found

      year, month, day, hour, minute, second, fraction, sign, hours, minutes = found.captures
      clock = [hour, minute, second].map(&:to_i)
      return nil unless days_in(year.to_i, month.to_i).include?(day.to_i)
      return nil if clock[0] > 23 || clock[1] > 59 || clock[2] > 59

      moment = Time.utc(year.to_i, month.to_i, day.to_i, *clock)
      offset = sign ? hours.to_i * 3600 + minutes.to_i * 60 : 0
      return nil if offset > WIDEST_OFFSET

      moment += sign == "-" ? offset : -offset
      return nil unless moment.year.between?(1, 9999)

      format("%04d-%02d-%02dT%02d:%02d:%02d.%sZ", moment.year, moment.month, moment.day, moment.hour, moment.min,
             moment.sec, (fraction || "0")[0, 3].ljust(3, "0"))
    end

    # The time for a number of seconds, milliseconds, microseconds or nanoseconds since 1970, which may be a text; nil for
    # anything that is none between the years 2000 and 2100 in one of these units.
    def self.since_1970(value)
      if value.is_a?(String)
        _, whole, fraction = *COUNT.match(value.strip)
        return nil unless whole

        whole = whole.to_i
        value = fraction && whole < LATEST ? whole * 1000 + fraction[0, 3].ljust(3, "0").to_i : whole
      end
      return nil unless value.is_a?(Integer) || value.is_a?(Float)

      unit = UNITS.find { |one| value >= EARLIEST * one && value < LATEST * one }
      return nil unless unit

      milliseconds = (value * 1000).div(unit)
      moment = Time.at(milliseconds.div(1000)).utc
      format("%s.%03dZ", moment.strftime("%Y-%m-%dT%H:%M:%S"), milliseconds % 1000)
    end

    def self.days_in(year, month)
      return [] unless year.positive? && month.between?(1, 12)

      leap = (year % 4).zero? && (!(year % 100).zero? || (year % 400).zero?)
      1..(month == 2 ? (leap ? 29 : 28) : [4, 6, 9, 11].include?(month) ? 30 : 31)
    end
  end
end
