package modellogs.node;

import org.elasticsearch.Build;
import org.elasticsearch.cluster.service.ClusterService;
import org.elasticsearch.index.IndexVersion;
import org.elasticsearch.rest.*;

/** {@code GET /}: who answers, in which version. Every client asks this first. */
final class RootRoute {
    static RestHandler route(ClusterService cluster) {
        return new Endpoint("main_action", (request, client) -> channel -> {
            var build = Build.current();
            var answer = channel.newBuilder().startObject()
                .field("name", cluster.getNodeName()).field("cluster_name", cluster.getClusterName().value())
                .field("cluster_uuid", cluster.state().metadata().clusterUUID())
                .startObject("version").field("number", build.version()).field("build_flavor", build.flavor())
                .field("build_type", build.type().displayName()).field("build_hash", build.hash())
                .field("build_date", build.date()).field("build_snapshot", build.isSnapshot())
                .field("lucene_version", IndexVersion.current().luceneVersion().toString())
                .field("minimum_wire_compatibility_version", build.minWireCompatVersion())
                .field("minimum_index_compatibility_version", build.minIndexCompatVersion())
                .endObject().field("tagline", "You Know, for Search");
            channel.sendResponse(new RestResponse(RestStatus.OK, answer.endObject()));
        }, "GET /", "HEAD /");
    }
}
