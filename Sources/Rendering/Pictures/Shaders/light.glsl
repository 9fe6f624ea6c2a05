// The lamp's shadows and the way to the screen's colours; put before the programs that use them.
uniform highp sampler2DShadow shadows;
uniform mat4 lamp;
uniform vec2 softness;
uniform int shadowSamples;

// Share of the lamp that reaches a point: a sample there and four about it, turned by a hash of the pixel against banding;
// where these do not agree, an edge is near, and as many more as wanted follow on a spiral.
float lit(vec3 place) {
  if (shadowSamples == 0) return 1.0;
  vec3 at = (lamp * vec4(place, 1.0)).xyz * 0.5 + 0.5;
  float inside = smoothstep(0.5, 0.42, max(abs(at.x - 0.5), abs(at.y - 0.5)));
  if (inside <= 0.0 || at.z >= 1.0) return 1.0;
  float turn = 6.2831853 * fract(52.9829189 * fract(dot(gl_FragCoord.xy, vec2(0.06711056, 0.00583715))));
  vec2 ray = vec2(cos(turn), sin(turn));
  float sum = texture(shadows, at);
  for (int i = 0; i < 4; i++) {
    sum += texture(shadows, vec3(at.xy + 0.9 * softness * ray, at.z));
    ray = vec2(-ray.y, ray.x);
  }
  float count = 5.0;
  if (sum > 0.0 && sum < 5.0) {
    for (int i = 0; i < shadowSamples; i++) {
      // The golden angle.
      ray = mat2(-0.7373688, 0.6754903, -0.6754903, -0.7373688) * ray;
      sum += texture(shadows, vec3(at.xy + sqrt((float(i) + 0.5) / float(shadowSamples)) * softness * ray, at.z));
    }
    count += float(shadowSamples);
  }
  return mix(1.0, sum / count, inside);
}

vec3 encoded(vec3 linear) { return pow(clamp(linear, 0.0, 1.0), vec3(1.0 / 2.2)); }
