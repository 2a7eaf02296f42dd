package modellogs.node;

import java.util.*;
import org.elasticsearch.cluster.metadata.DataStream;
import org.elasticsearch.features.*;
import org.elasticsearch.index.mapper.*;

/**
 * Turns the failure store on. It is the server's own; what is missing is the feature flag that the data stream module
 * sets, and the type {@code match_only_text} that its mapping uses, served here by the text type.
 */
public final class FailureStore implements FeatureSpecification {
    static final Map<String, Mapper.TypeParser> MAPPERS = Map.of("match_only_text", TextFieldMapper.PARSER);

    @Override public Set<NodeFeature> getFeatures() { return Set.of(DataStream.DATA_STREAM_FAILURE_STORE_FEATURE); }
}
