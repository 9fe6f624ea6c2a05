// A plane without end, as far as it is seen: a square about the eye's foot on it.
layout(location = 0) in vec2 corner;
uniform mat4 camera;
uniform vec3 foot, along, across;
uniform float extent;
out vec3 place;
out vec2 onPlane;
void main() {
  onPlane = corner * extent;
  place = foot + onPlane.x * along + onPlane.y * across;
  gl_Position = camera * vec4(place, 1.0);
}
