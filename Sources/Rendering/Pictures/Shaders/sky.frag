in vec2 screen;
uniform vec3 right, above, ahead, zenith, horizon;
uniform vec2 slope;
out vec4 result;
void main() {
  vec3 ray = normalize(right * screen.x * slope.x + above * screen.y * slope.y + ahead);
  result = vec4(mix(horizon, zenith, smoothstep(0.0, 0.55, ray.z)), 1.0);
}
