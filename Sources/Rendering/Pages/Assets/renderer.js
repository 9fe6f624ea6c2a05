// Drawing with WebGL 2: shapes lit by one lamp with soft shadows, over a checkered ground.

const lampDirection = normalized([-0.42, -0.5, 1]);

const shapeVertexSource = `#version 300 es
layout(location = 0) in vec3 position;
layout(location = 1) in vec3 normal;
uniform mat4 pose, camera;
out vec3 worldPosition, worldNormal;
void main() {
  vec4 world = pose * vec4(position, 1.0);
  worldPosition = world.xyz;
  worldNormal = mat3(pose) * normal;
  gl_Position = camera * world;
}`;

const depthFragmentSource = `#version 300 es
precision mediump float;
void main() {}`;

const shadowSource = `#version 300 es
precision highp float;
precision highp sampler2DShadow;
uniform sampler2DShadow shadows;
uniform mat4 lamp;
uniform float softness;
uniform int samples;
// Share of the lamp that reaches a point: samples on a spiral, turned by a hash of the pixel against banding.
float lit(vec3 world) {
  vec3 place = (lamp * vec4(world, 1.0)).xyz * 0.5 + 0.5;
  float inside = smoothstep(0.5, 0.42, max(abs(place.x - 0.5), abs(place.y - 0.5)));
  if (inside <= 0.0 || place.z >= 1.0) return 1.0;
  float turn = 6.2831853 * fract(52.9829189 * fract(dot(gl_FragCoord.xy, vec2(0.06711056, 0.00583715))));
  float sum = 0.0;
  for (int i = 0; i < samples; i++) {
    float radius = sqrt((float(i) + 0.5) / float(samples)), angle = float(i) * 2.3999632 + turn;
    sum += texture(shadows, vec3(place.xy + softness * radius * vec2(cos(angle), sin(angle)), place.z));
  }
  return mix(1.0, sum / float(samples), inside);
}
vec3 encoded(vec3 linear) { return pow(clamp(linear, 0.0, 1.0), vec3(1.0 / 2.2)); }
`;

const shapeFragmentSource = shadowSource + `
in vec3 worldPosition, worldNormal;
uniform vec4 colour;
uniform vec3 eye, lampDirection, zenith, bounce;
uniform float shadowOffset, rim, ambient;
out vec4 result;
void main() {
  vec3 n = normalize(worldNormal), toEye = normalize(eye - worldPosition), h = normalize(lampDirection + toEye);
  float facing = dot(n, lampDirection);
  float light = facing > 0.0 ? facing * lit(worldPosition + n * shadowOffset) : 0.0;
  vec3 albedo = pow(colour.rgb, vec3(2.2));
  vec3 surround = mix(bounce, zenith, 0.5 + 0.5 * n.z) * ambient;
  float grazing = pow(1.0 - max(dot(n, toEye), 0.0), 3.0);
  float gloss = light * 0.28 * pow(max(dot(n, h), 0.0), 42.0);
  vec3 sum = albedo * (surround * 0.66 + vec3(1.0, 0.965, 0.91) * light * 0.74) + gloss + zenith * rim * grazing * 0.6;
  result = vec4(encoded(sum) * colour.a, colour.a);
}`;

const groundVertexSource = `#version 300 es
layout(location = 0) in vec2 corner;
uniform mat4 pose, camera;
uniform vec2 middle;
uniform float extent;
out vec3 worldPosition;
out vec2 planePosition;
void main() {
  planePosition = middle + corner * extent;
  vec4 world = pose * vec4(planePosition, 0.0, 1.0);
  worldPosition = world.xyz;
  gl_Position = camera * world;
}`;

const groundFragmentSource = shadowSource + `
in vec3 worldPosition;
in vec2 planePosition;
uniform vec3 bright, dim, horizon, target;
uniform float tile, shade, fadeNear, fadeFar, contrast;
out vec4 result;
void main() {
  vec2 p = planePosition / tile, width = max(fwidth(p), 0.0001);
  // The checker filtered over the pixel's footprint (a box filter in closed form).
  vec2 wave = 2.0 * (abs(fract((p - 0.5 * width) * 0.5) - 0.5) - abs(fract((p + 0.5 * width) * 0.5) - 0.5)) / width;
  float mixing = 0.5 - 0.5 * clamp(wave.x, -1.0, 1.0) * clamp(wave.y, -1.0, 1.0);
  vec3 base = mix(bright, dim, 0.5 + (mixing - 0.5) * contrast);
  float light = lit(worldPosition);
  base *= mix(shade, 1.0, light);
  float fade = smoothstep(fadeNear, fadeFar, distance(worldPosition, target));
  result = vec4(mix(base, horizon, fade), 1.0);
}`;

const skyVertexSource = `#version 300 es
layout(location = 0) in vec2 corner;
out vec2 screen;
void main() { screen = corner; gl_Position = vec4(corner, 0.9999, 1.0); }`;

const skyFragmentSource = `#version 300 es
precision highp float;
in vec2 screen;
uniform vec3 right, above, back, zenith, horizon;
uniform vec2 slope;
out vec4 result;
void main() {
  vec3 ray = normalize(right * screen.x * slope.x + above * screen.y * slope.y - back);
  result = vec4(mix(horizon, zenith, smoothstep(0.0, 0.55, ray.z)), 1.0);
}`;

class Renderer {
  constructor(canvas, recording) {
    this.canvas = canvas;
    this.recording = recording;
    const gl = canvas.getContext("webgl2", { antialias: true, alpha: false, powerPreference: "high-performance" });
    if (!gl) throw new Error("WebGL 2 is not available");
    this.gl = gl;
    this.shapeProgram = this.program(shapeVertexSource, shapeFragmentSource);
    this.depthProgram = this.program(shapeVertexSource, depthFragmentSource);
    this.groundProgram = this.program(groundVertexSource, groundFragmentSource);
    this.skyProgram = this.program(skyVertexSource, skyFragmentSource);
    this.meshes = recording.shapes.map(shape => this.upload(meshOf(shape, recording.shapes.length > 60 ? 32 : 64)));
    this.versions = recording.shapes.map(shape => shape.version || 0);
    this.quad = this.uploadCorners([-1, -1, 1, -1, 1, 1, -1, -1, 1, 1, -1, 1]);
    this.makeShadowMap(2048);
    this.shadowSamples = 16;
  }

  program(vertexSource, fragmentSource) {
    const gl = this.gl, program = gl.createProgram();
    for (const [type, source] of [[gl.VERTEX_SHADER, vertexSource], [gl.FRAGMENT_SHADER, fragmentSource]]) {
      const shader = gl.createShader(type);
      gl.shaderSource(shader, source);
      gl.compileShader(shader);
      gl.attachShader(program, shader);
      if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS) && !gl.isContextLost())
        throw new Error(gl.getShaderInfoLog(shader));
    }
    gl.linkProgram(program);
    if (!gl.getProgramParameter(program, gl.LINK_STATUS) && !gl.isContextLost())
      throw new Error(gl.getProgramInfoLog(program));
    const count = gl.getProgramParameter(program, gl.ACTIVE_UNIFORMS) || 0, set = {};
    for (let i = 0; i < count; i++) {
      const { name, type } = gl.getActiveUniform(program, i), place = gl.getUniformLocation(program, name);
      set[name] = {
        [gl.FLOAT_MAT4]: value => gl.uniformMatrix4fv(place, false, value),
        [gl.FLOAT_VEC4]: value => gl.uniform4fv(place, value),
        [gl.FLOAT_VEC3]: value => gl.uniform3fv(place, value),
        [gl.FLOAT_VEC2]: value => gl.uniform2fv(place, value),
        [gl.INT]: value => gl.uniform1i(place, value),
        [gl.FLOAT]: value => gl.uniform1f(place, value),
        [gl.SAMPLER_2D_SHADOW]: value => gl.uniform1i(place, value),
      }[type];
    }
    return { program, set };
  }

  use({ program, set }, values) {
    this.gl.useProgram(program);
    for (const name in values) if (set[name]) set[name](values[name]);
  }

  upload(mesh) {
    if (!mesh) return null;
    const gl = this.gl, array = gl.createVertexArray();
    gl.bindVertexArray(array);
    gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer());
    gl.bufferData(gl.ARRAY_BUFFER, new Float32Array(mesh.vertices), gl.STATIC_DRAW);
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, gl.createBuffer());
    gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, new Uint32Array(mesh.indices), gl.STATIC_DRAW);
    for (const place of [0, 1]) {
      gl.enableVertexAttribArray(place);
      gl.vertexAttribPointer(place, 3, gl.FLOAT, false, 24, place * 12);
    }
    return { array, count: mesh.indices.length };
  }

  uploadCorners(corners) {
    const gl = this.gl, array = gl.createVertexArray();
    gl.bindVertexArray(array);
    gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer());
    gl.bufferData(gl.ARRAY_BUFFER, new Float32Array(corners), gl.STATIC_DRAW);
    gl.enableVertexAttribArray(0);
    gl.vertexAttribPointer(0, 2, gl.FLOAT, false, 8, 0);
    return array;
  }

  makeShadowMap(side) {
    const gl = this.gl;
    this.shadowSide = Math.min(side, gl.getParameter(gl.MAX_TEXTURE_SIZE) || side);
    gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
    gl.texStorage2D(gl.TEXTURE_2D, 1, gl.DEPTH_COMPONENT24, this.shadowSide, this.shadowSide);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.LINEAR);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.LINEAR);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_COMPARE_MODE, gl.COMPARE_REF_TO_TEXTURE);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_COMPARE_FUNC, gl.LEQUAL);
    this.shadowBuffer = gl.createFramebuffer();
    gl.bindFramebuffer(gl.FRAMEBUFFER, this.shadowBuffer);
    gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.DEPTH_ATTACHMENT, gl.TEXTURE_2D, gl.getParameter(gl.TEXTURE_BINDING_2D), 0);
    gl.drawBuffers([gl.NONE]);
    gl.readBuffer(gl.NONE);
  }

  /** Uploads meshes that have changed. */
  refresh() {
    this.recording.shapes.forEach((shape, i) => {
      if ((shape.version || 0) === (this.versions[i] || 0)) return;
      this.meshes[i] = this.upload(meshOf(shape, 32));
      this.versions[i] = shape.version || 0;
    });
  }

  drawShapes(program, poses, wanted, common) {
    const gl = this.gl, pose = new Float32Array(16);
    this.use(program, common);
    this.recording.shapes.forEach((shape, i) => {
      if (!this.meshes[i] || !wanted(shape)) return;
      program.set.pose(poseMatrix(poses, i * 7, pose));
      if (program.set.colour) program.set.colour(shape.colour);
      gl.bindVertexArray(this.meshes[i].array);
      gl.drawElements(gl.TRIANGLES, this.meshes[i].count, gl.UNSIGNED_INT, 0);
    });
  }

  draw(poses, camera, palette) {
    const gl = this.gl, radius = camera.radius;
    if (gl.isContextLost()) return;
    this.refresh();
    const lampEye = add(camera.target, lampDirection);
    const lamp = multiply(orthographic(2.2 * radius, 6 * radius), lookAt(lampEye, camera.target, [0, 1, 0]));

    gl.bindFramebuffer(gl.FRAMEBUFFER, this.shadowBuffer);
    gl.viewport(0, 0, this.shadowSide, this.shadowSide);
    gl.enable(gl.DEPTH_TEST);
    gl.depthMask(true);
    gl.clear(gl.DEPTH_BUFFER_BIT);
    gl.enable(gl.CULL_FACE);
    gl.enable(gl.POLYGON_OFFSET_FILL);
    gl.polygonOffset(1.5, 4);
    this.drawShapes(this.depthProgram, poses, shape => shape.colour[3] > 0.3, { camera: lamp });
    gl.disable(gl.POLYGON_OFFSET_FILL);

    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
    gl.viewport(0, 0, this.canvas.width, this.canvas.height);
    gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
    const light = { lamp, shadows: 0, samples: this.shadowSamples, softness: 0.006, shadowOffset: 0.012 * radius };
    const opaque = {
      ...light, camera: camera.matrix, eye: camera.eye, lampDirection, zenith: palette.zenith.map(c => c * 0.35 + 0.6),
      bounce: palette.tiles[0].map(c => c * 0.55 + 0.06), rim: palette.rim, ambient: palette.ambient,
    };
    this.drawShapes(this.shapeProgram, poses, shape => shape.colour[3] >= 0.999, opaque);
    gl.disable(gl.CULL_FACE);
    this.drawGrounds(poses, camera, palette, light);
    const tangent = Math.tan(camera.verticalAngle / 2);
    this.use(this.skyProgram, {
      right: camera.right, above: camera.above, back: camera.back, slope: [tangent * camera.aspect, tangent],
      zenith: palette.zenith, horizon: palette.horizon,
    });
    gl.bindVertexArray(this.quad);
    gl.depthFunc(gl.LEQUAL);
    gl.drawArrays(gl.TRIANGLES, 0, 6);
    gl.depthFunc(gl.LESS);

    gl.enable(gl.CULL_FACE);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    gl.depthMask(false);
    this.drawShapes(this.shapeProgram, poses, shape => shape.colour[3] > 0 && shape.colour[3] < 0.999, opaque);
    gl.disable(gl.BLEND);
    gl.depthMask(true);
  }

  /** Planes reach to the horizon, as they do in the simulation. */
  drawGrounds(poses, camera, palette, light) {
    const gl = this.gl, { shapes, floor } = this.recording, radius = camera.radius;
    const drawGround = (pose, contrast) => {
      const away = subtract(camera.target, [pose[12], pose[13], pose[14]]);
      this.use(this.groundProgram, {
        ...light, pose, contrast, camera: camera.matrix, target: camera.target, extent: 60 * radius + 4 * camera.distance,
        middle: [dot(away, [pose[0], pose[1], pose[2]]), dot(away, [pose[4], pose[5], pose[6]])],
        bright: palette.tiles[0], dim: palette.tiles[1], horizon: palette.horizon, shade: palette.shade, tile: tileSize(radius),
        fadeNear: 3 * radius, fadeFar: 22 * radius + camera.distance,
      });
      gl.bindVertexArray(this.quad);
      gl.drawArrays(gl.TRIANGLES, 0, 6);
    };
    shapes.forEach((shape, i) => {
      if (shape.kind === "plane" && shape.colour[3] > 0) drawGround(poseMatrix(poses, i * 7), 1);
    });
    if (floor !== null) drawGround(poseMatrix([0, 0, floor, 1, 0, 0, 0], 0), 0.35);
  }
}
