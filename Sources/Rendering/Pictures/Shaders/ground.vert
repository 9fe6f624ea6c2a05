// A plane without end, as far as it is seen: a parallelogram on it, given about the eye's foot.
layout(location = 0) in vec2 corner;
uniform mat4 camera;
uniform vec3 foot, along, across;
uniform vec2 centre, spanX, spanY;
out vec3 place;
out vec2 onPlane;
void main() {
  onPlane = centre + corner.x * spanX + corner.y * spanY;
  place = foot + onPlane.x * along + onPlane.y * across;
  gl_Position = camera * vec4(place, 1.0);
}
