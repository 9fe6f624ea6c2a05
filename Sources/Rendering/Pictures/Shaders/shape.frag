in vec3 place;
in vec3 outward;
flat in vec4 colour;
uniform vec3 lampDirection, zenith, bounce;
uniform float shadowOffset;
out vec4 result;
void main() {
  vec3 n = normalize(outward), toEye = normalize(-place), h = normalize(lampDirection + toEye);
  float facing = dot(n, lampDirection);
  float light = facing > 0.0 ? facing * lit(place + n * shadowOffset) : 0.0;
  vec3 albedo = pow(colour.rgb, vec3(2.2));
  vec3 surround = mix(bounce, zenith, 0.5 + 0.5 * n.z);
  float grazing = pow(1.0 - max(dot(n, toEye), 0.0), 3.0);
  float gloss = light * 0.28 * pow(max(dot(n, h), 0.0), 42.0);
  vec3 sum = albedo * (surround * 0.66 + vec3(1.0, 0.965, 0.91) * light * 0.74) + gloss + zenith * 0.132 * grazing;
  result = vec4(encoded(sum) * colour.a, colour.a);
}
