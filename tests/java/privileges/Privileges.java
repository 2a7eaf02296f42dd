import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.elasticsearch.action.support.IndexComponentSelector;
import org.elasticsearch.common.Strings;
import org.elasticsearch.common.bytes.BytesArray;
import org.elasticsearch.common.logging.LogConfigurator;
import org.elasticsearch.xcontent.XContentBuilder;
import org.elasticsearch.xcontent.XContentParserConfiguration;
import org.elasticsearch.xcontent.XContentType;
import org.elasticsearch.xcontent.json.JsonXContent;
import org.elasticsearch.xpack.core.security.action.apikey.CreateApiKeyRequestBuilder;
import org.elasticsearch.xpack.core.security.authz.RoleDescriptor;
import org.elasticsearch.xpack.core.security.authz.permission.ClusterPermission;
import org.elasticsearch.xpack.core.security.authz.privilege.ClusterPrivilegeResolver;
import org.elasticsearch.xpack.core.security.authz.privilege.IndexPrivilege;
import org.elasticsearch.xpack.core.security.support.StringMatcher;

/**
 * Asks Elastic's own security classes, for the tests: no server with security runs where these tests do.
 *
 * Each line of standard input is one question and is answered by one line:
 * {"names": true} → the privileges that exist; {"key": body} → what POST /_security/api_key would object to, or null;
 * {"role": descriptor, "checks": [{"action": …, "index": … or null, "failures": bool}]} → a list of booleans.
 */
public final class Privileges {
    public static void main(String[] arguments) throws Exception {
        LogConfigurator.configureESLogging();
        var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        var out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            out.println(written(answer(parse(line))));
        }
    }

    private static Object answer(Map<String, Object> question) throws Exception {
        if (question.containsKey("names")) {
            return Map.of(
                "cluster", new TreeSet<>(ClusterPrivilegeResolver.names()), "indices", new TreeSet<>(IndexPrivilege.names()));
        }
        if (question.containsKey("key")) {
            return objection(question.get("key"));
        }
        var body = new BytesArray(Strings.toString(builder(question.get("role"))));
        var role = RoleDescriptor.parserBuilder().allowDescription(true).build().parse("role", body, XContentType.JSON);
        return ((List<?>) question.get("checks")).stream().map(check -> grants(role, (Map<?, ?>) check)).toList();
    }

    private static Object objection(Object body) {
        try (var parser = JsonXContent.jsonXContent.createParser(
                XContentParserConfiguration.EMPTY, Strings.toString(builder(body)))) {
            var invalid = CreateApiKeyRequestBuilder.parse(parser).validate();
            return invalid == null ? Map.of() : Map.of("objection", invalid.getMessage());
        } catch (Exception refused) {
            var cause = refused.getCause() == null ? refused : refused.getCause();
            return Map.of("objection", String.valueOf(cause.getMessage()));
        }
    }

    private static boolean grants(RoleDescriptor role, Map<?, ?> check) {
        var action = (String) check.get("action");
        if (check.get("index") == null) {
            var granted = ClusterPermission.builder();
            for (var name : role.getClusterPrivileges()) {
                granted = ClusterPrivilegeResolver.resolve(name).buildPermission(granted);
            }
            return granted.build().check(action, null, null);
        }
        var part = (boolean) check.get("failures") ? IndexComponentSelector.FAILURES : IndexComponentSelector.DATA;
        for (var entry : role.getIndicesPrivileges()) {
            if (StringMatcher.of(entry.getIndices()).test((String) check.get("index"))) {
                for (var privilege : IndexPrivilege.resolveBySelectorAccess(Set.of(entry.getPrivileges()))) {
                    if (privilege.getSelectorPredicate().test(part) && privilege.predicate().test(action)) {
                        return true;
                    }
                }
            }
        }
        return false;
    }

    private static Map<String, Object> parse(String json) throws Exception {
        try (var parser = JsonXContent.jsonXContent.createParser(XContentParserConfiguration.EMPTY, json)) {
            return parser.map();
        }
    }

    private static String written(Object value) throws Exception {
        return Strings.toString(builder(Map.of("answer", value)));
    }

    private static XContentBuilder builder(Object value) throws Exception {
        return JsonXContent.contentBuilder().value(value);
    }
}
