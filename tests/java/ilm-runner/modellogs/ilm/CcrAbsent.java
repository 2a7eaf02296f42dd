package modellogs.ilm;

import org.elasticsearch.action.support.ActionFilters;
import org.elasticsearch.injection.guice.Inject;
import org.elasticsearch.transport.TransportService;
import org.elasticsearch.xpack.core.action.XPackInfoFeatureAction;
import org.elasticsearch.xpack.core.action.XPackInfoFeatureTransportAction;

/** The shrink action of ILM asks whether cross-cluster replication is there. It is not. */
public final class CcrAbsent extends XPackInfoFeatureTransportAction {
    @Inject
    public CcrAbsent(TransportService transport, ActionFilters filters) {
        super(XPackInfoFeatureAction.CCR.name(), transport, filters);
    }

    @Override
    protected String name() {
        return "ccr";
    }

    @Override
    protected boolean available() {
        return false;
    }

    @Override
    protected boolean enabled() {
        return false;
    }
}
