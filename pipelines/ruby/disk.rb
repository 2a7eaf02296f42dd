# Elasticsearch's answer to _nodes/stats/fs → one event for each data node. No answer, no sample: the next comes in a
# minute, and the alert on missing samples is not this file's business.
def filter(event)
  nodes = event.get("[answer][nodes]")
  unless nodes.is_a?(Hash)
    logger.warn("No disk sample", :answer => event.get("[answer][error][type]") || event.get("[error][message]"))
    return []
  end
  nodes.sort.filter_map { |id, node| sample(id, node, event.timestamp) }
end

# nil for a node without data, and for one whose disk is not known.
def sample(id, node, timestamp)
  roles = node["roles"] || []
  total = node.dig("fs", "total", "total_in_bytes")
  available = node.dig("fs", "total", "available_in_bytes")
  return nil unless total.is_a?(Integer) && total.positive? && available.is_a?(Integer)
  return nil unless roles.empty? || roles.any? { |role| role.start_with?("data") }

  document = LogStash::Event.new(
    "@timestamp" => timestamp,
    "node" => { "id" => id, "name" => node["name"], "roles" => roles },
    "disk" => { "total_bytes" => total, "available_bytes" => available, "used_pct" => (100.0 * (total - available) / total).round(2) }
  )
  document.remove("@version")
  # Two Logstashes sample the same minute once.
  document.set("[@metadata][id]", "#{id}-#{timestamp.to_i / 60}")
  document
end

test "two data nodes and a master" do
  in_event do
    { "answer" => { "nodes" => {
      "a" => { "name" => "hot-1", "roles" => ["data_hot"], "fs" => { "total" => { "total_in_bytes" => 1000, "available_in_bytes" => 165 } } },
      "b" => { "name" => "all-1", "roles" => %w[data master], "fs" => { "total" => { "total_in_bytes" => 3, "available_in_bytes" => 2 } } },
      "c" => { "name" => "master-1", "roles" => ["master"], "fs" => { "total" => { "total_in_bytes" => 1, "available_in_bytes" => 0 } } }
    } } }
  end
  expect("two samples") { |events| events.map { |event| event.get("[node][name]") } == %w[hot-1 all-1] }
  expect("in percent of the total") { |events| events.map { |event| event.get("[disk][used_pct]") } == [83.5, 33.33] }
  expect("an id for each node and minute") { |events| events.first.get("[@metadata][id]") == "a-#{events.first.timestamp.to_i / 60}" }
  expect("nothing beside") { |events| events.first.to_hash.keys.sort == %w[@timestamp disk node] }
end

test "no answer" do
  in_event { { "tags" => ["_http_request_failure"], "error" => { "message" => "refused" } } }
  expect("no sample") { |events| events.empty? }
end
