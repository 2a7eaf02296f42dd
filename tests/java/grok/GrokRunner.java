import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.elasticsearch.common.Strings;
import org.elasticsearch.grok.Grok;
import org.elasticsearch.grok.PatternBank;
import org.elasticsearch.xcontent.XContentBuilder;
import org.elasticsearch.xcontent.XContentParserConfiguration;
import org.elasticsearch.xcontent.XContentType;
import org.elasticsearch.xcontent.json.JsonXContent;

/**
 * Runs Elastic's own Grok over lines from standard input, for the tests that compare it with ours.
 *
 * The first line is {"patterns": {NAME: expression}, "expressions": [...]}; every other line is {"text": "..."}, and is
 * answered by a list: for each expression its captures, or null.
 */
public final class GrokRunner {
    public static void main(String[] arguments) throws Exception {
        var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        var out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
        Map<String, Object> setup = parse(in.readLine());
        @SuppressWarnings("unchecked")
        var bank = new PatternBank((Map<String, String>) setup.get("patterns"));
        @SuppressWarnings("unchecked")
        var expressions = (List<String>) setup.get("expressions");
        var groks = expressions.stream().map(expression -> new Grok(bank, expression, System.err::println)).toList();
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            var text = (String) parse(line).get("text");
            out.println(groks.stream().map(grok -> written(grok.captures(text))).collect(Collectors.joining(",", "[", "]")));
        }
        out.flush();
    }

    private static Map<String, Object> parse(String json) throws Exception {
        try (var parser = JsonXContent.jsonXContent.createParser(XContentParserConfiguration.EMPTY, json)) {
            return parser.map();
        }
    }

    private static String written(Map<String, Object> captures) {
        if (captures == null) {
            return "null";
        }
        try (var builder = XContentBuilder.builder(XContentType.JSON.xContent())) {
            return Strings.toString(builder.map(captures));
        } catch (java.io.IOException error) {
            throw new java.io.UncheckedIOException(error);
        }
    }
}
