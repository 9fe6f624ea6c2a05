in vec3 place;
in vec2 onPlane;
uniform vec3 bright, dim, horizon, middle;
uniform vec2 start;
uniform float tile, shade, fadeNear, fadeFar, contrast;
out vec4 result;
void main() {
  vec2 p = (onPlane + start) / tile, width = max(fwidth(p), 0.0001);
  // The checker filtered over the pixel's footprint (a box filter in closed form).
  vec2 wave = 2.0 * (abs(fract((p - 0.5 * width) * 0.5) - 0.5) - abs(fract((p + 0.5 * width) * 0.5) - 0.5)) / width;
  float mixing = 0.5 - 0.5 * clamp(wave.x, -1.0, 1.0) * clamp(wave.y, -1.0, 1.0);
  vec3 base = mix(bright, dim, 0.5 + (mixing - 0.5) * contrast);
  base *= mix(shade, 1.0, lit(place));
  result = vec4(mix(base, horizon, smoothstep(fadeNear, fadeFar, distance(place, middle))), 1.0);
}
