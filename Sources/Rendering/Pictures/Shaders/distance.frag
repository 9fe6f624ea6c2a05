// Metres along the view, as the bits of a float: an integer target is exact, and part of OpenGL ES 3.0 itself.
in vec3 place;
uniform vec3 ahead;
layout(location = 0) out uint bits;
void main() { bits = floatBitsToUint(dot(place, ahead)); }
