// Reads requests (JSON lines) and answers what the Java converters make of them: the oracle of tests/oracle/converters.
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.confluent.connect.avro.AvroData;
import io.confluent.connect.avro.AvroDataConfig;
import io.confluent.kafka.serializers.NonRecordContainer;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaAndValue;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.json.JsonConverter;
import org.apache.kafka.connect.storage.SimpleHeaderConverter;
import org.apache.kafka.connect.storage.StringConverter;

public class Converters {
  static final ObjectMapper MAPPER = new ObjectMapper();

  // Debezium puts ByteBuffers into its records; the JSON reader makes byte arrays.
  static Object buffers(Schema schema, Object value) {
    if (value instanceof byte[]) {
      return ByteBuffer.wrap((byte[]) value);
    }
    if (value instanceof List) {
      List<Object> made = new ArrayList<>();
      for (Object item : (List<?>) value) {
        made.add(buffers(schema.valueSchema(), item));
      }
      return made;
    }
    if (value instanceof Map) {
      Map<Object, Object> made = new HashMap<>();
      for (Map.Entry<?, ?> entry : ((Map<?, ?>) value).entrySet()) {
        made.put(entry.getKey(), buffers(schema.valueSchema(), entry.getValue()));
      }
      return made;
    }
    if (value instanceof Struct) {
      Struct made = new Struct(schema);
      for (Field field : schema.fields()) {
        made.put(field, buffers(field.schema(), ((Struct) value).getWithoutDefault(field.name())));
      }
      return made;
    }
    return value;
  }

  public static void main(String[] arguments) throws Exception {
    System.setProperty("user.timezone", "UTC");
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    PrintStream out = new PrintStream(System.out, true, "UTF-8");
    String line;
    while ((line = in.readLine()) != null) {
      JsonNode request = MAPPER.readTree(line);
      ObjectNode answer = MAPPER.createObjectNode();
      Map<String, Object> options = new HashMap<>();
      request.get("options").fields().forEachRemaining(e -> options.put(e.getKey(), e.getValue().asText()));
      try {
        JsonConverter reader = new JsonConverter();
        Map<String, Object> reading = new HashMap<>();
        reading.put("replace.null.with.default", "false");
        reader.configure(reading, false);
        SchemaAndValue read = reader.toConnectData("t", request.get("message").asText().getBytes(StandardCharsets.UTF_8));
        Schema schema = read.schema();
        Object value = buffers(schema, read.value());
        convert(answer, options, schema, value);
      } catch (Throwable error) {
        answer.put("unreadable", error.toString());
      }
      out.println(MAPPER.writeValueAsString(answer));
    }
  }

  static void convert(ObjectNode answer, Map<String, Object> options, Schema schema, Object value) throws Exception {
    try {
      JsonConverter json = new JsonConverter();
      json.configure(new HashMap<>(options), false);
      answer.put("json", new String(json.fromConnectData("t", schema, value), StandardCharsets.UTF_8));
    } catch (Exception error) {
      answer.put("json_error", error.toString());
    }
    StringConverter string = new StringConverter();
    string.configure(new HashMap<>(), false);
    answer.put("string", new String(string.fromConnectData("t", schema, value), StandardCharsets.UTF_8));
    answer.put("header",
        new String(new SimpleHeaderConverter().fromConnectHeader("t", "h", schema, value), StandardCharsets.UTF_8));
    try {
      AvroData data = new AvroData(new AvroDataConfig(options));
      org.apache.avro.Schema avro = data.fromConnectSchema(schema);
      Object datum = data.fromConnectData(schema, value);
      if (datum instanceof NonRecordContainer) {
        datum = ((NonRecordContainer) datum).getValue();
      }
      ByteArrayOutputStream octets = new ByteArrayOutputStream();
      BinaryEncoder encoder = EncoderFactory.get().directBinaryEncoder(octets, null);
      new GenericDatumWriter<Object>(avro).write(datum, encoder);
      encoder.flush();
      answer.put("avro", avro.toString());
      answer.put("binary", Base64.getEncoder().encodeToString(octets.toByteArray()));
    } catch (Exception error) {
      answer.put("avro_error", error.toString());
    }
  }
}
