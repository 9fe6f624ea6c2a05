// All shapes of a batch in one buffer; each vertex knows which shape it belongs to. Places are relative to the eye.
layout(location = 0) in vec3 position;
layout(location = 1) in vec3 normal;
layout(location = 2) in uint shape;
struct Shape {
  vec4 pose[3];
  vec4 colour;
};
layout(std140) uniform Shapes { Shape shapes[256]; };
uniform mat4 camera;
out vec3 place;
out vec3 outward;
flat out vec4 colour;
void main() {
  vec4 x = shapes[shape].pose[0], y = shapes[shape].pose[1], z = shapes[shape].pose[2];
  vec4 local = vec4(position, 1.0);
  place = vec3(dot(x, local), dot(y, local), dot(z, local));
  outward = vec3(dot(x.xyz, normal), dot(y.xyz, normal), dot(z.xyz, normal));
  colour = shapes[shape].colour;
  gl_Position = camera * vec4(place, 1.0);
}
