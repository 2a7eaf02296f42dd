package org.elasticsearch.xpack.ml;

import org.elasticsearch.license.*;

/**
 * ES|QL asks this class, which is not published, what licence CATEGORIZE and CHANGE_POINT need. Without it the two
 * never answer; with it they are refused, as they are on a cluster with a Basic licence.
 */
public final class MachineLearning {
    public static final LicensedFeature.Momentary CATEGORIZE_TEXT_AGG_FEATURE = platinum("categorize-text-agg");
    public static final LicensedFeature.Momentary CHANGE_POINT_AGG_FEATURE = platinum("change-point-agg");

    private static LicensedFeature.Momentary platinum(String name) {
        return LicensedFeature.momentary("machine-learning", name, License.OperationMode.PLATINUM);
    }
}
