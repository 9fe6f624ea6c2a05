// Vectors, matrices (column-major) and the meshes of the shapes.

const add = (a, b) => [a[0] + b[0], a[1] + b[1], a[2] + b[2]];
const subtract = (a, b) => [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
const scaled = (a, s) => [a[0] * s, a[1] * s, a[2] * s];
const dot = (a, b) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
const cross = (a, b) => [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
const norm = a => Math.hypot(a[0], a[1], a[2]);
const normalized = a => scaled(a, 1 / (norm(a) || 1));
const clamp = (x, low, high) => Math.min(high, Math.max(low, x));

function multiply(a, b) {
  const product = new Float32Array(16);
  for (let column = 0; column < 4; column++)
    for (let row = 0; row < 4; row++) {
      let sum = 0;
      for (let k = 0; k < 4; k++) sum += a[k * 4 + row] * b[column * 4 + k];
      product[column * 4 + row] = sum;
    }
  return product;
}

function perspective(verticalAngle, aspect, near, far) {
  const f = 1 / Math.tan(verticalAngle / 2);
  return new Float32Array([
    f / aspect, 0, 0, 0, 0, f, 0, 0, 0, 0, (far + near) / (near - far), -1, 0, 0, 2 * far * near / (near - far), 0]);
}

function orthographic(halfWidth, halfDepth) {
  return new Float32Array([1 / halfWidth, 0, 0, 0, 0, 1 / halfWidth, 0, 0, 0, 0, -1 / halfDepth, 0, 0, 0, 0, 1]);
}

function lookAt(eye, target, up) {
  const back = normalized(subtract(eye, target));
  const right = normalized(cross(up, back));
  const above = cross(back, right);
  return new Float32Array([
    right[0], above[0], back[0], 0, right[1], above[1], back[1], 0, right[2], above[2], back[2], 0,
    -dot(right, eye), -dot(above, eye), -dot(back, eye), 1]);
}

/** The matrix of the pose at `offset` of `poses`: position xyz, quaternion wxyz. */
function poseMatrix(poses, offset, matrix = new Float32Array(16)) {
  const w = poses[offset + 3], x = poses[offset + 4], y = poses[offset + 5], z = poses[offset + 6];
  matrix[0] = 1 - 2 * (y * y + z * z); matrix[1] = 2 * (x * y + w * z); matrix[2] = 2 * (x * z - w * y);
  matrix[4] = 2 * (x * y - w * z); matrix[5] = 1 - 2 * (x * x + z * z); matrix[6] = 2 * (y * z + w * x);
  matrix[8] = 2 * (x * z + w * y); matrix[9] = 2 * (y * z - w * x); matrix[10] = 1 - 2 * (x * x + y * y);
  matrix[12] = poses[offset]; matrix[13] = poses[offset + 1]; matrix[14] = poses[offset + 2]; matrix[15] = 1;
  return matrix;
}

/** Radius of the ball about the shape's origin that holds it. */
function boundingRadius(shape) {
  const [a, b, c] = shape.size;
  switch (shape.kind) {
    case "sphere": return a;
    case "capsule": return a + b;
    case "cylinder": return Math.hypot(a, b);
    case "box": return Math.hypot(a, b, c);
    case "ellipsoid": return Math.max(a, b, c);
    case "mesh": return shape.reach;
    default: return 0;
  }
}

/** Unpacks a mesh's arrays, and measures it. */
function unpackMesh(shape) {
  if (shape.kind !== "mesh") return;
  shape.vertices = new Float32Array(bytesOf(shape.mesh.vertices));
  shape.triangles = new Uint32Array(bytesOf(shape.mesh.triangles));
  shape.reach = 0;
  for (let i = 0; i < shape.vertices.length; i += 3)
    shape.reach = Math.max(shape.reach, norm(shape.vertices.subarray(i, i + 3)));
}

/** How far the shape reaches below its origin in the pose at `offset`. */
function reachBelow(shape, poses, offset) {
  const matrix = poseMatrix(poses, offset);
  const [a, b, c] = shape.size;
  const tilt = Math.abs(matrix[10]);
  switch (shape.kind) {
    case "sphere": return a;
    case "capsule": return a + b * tilt;
    case "cylinder": return b * tilt + a * Math.sqrt(Math.max(0, 1 - tilt * tilt));
    case "box": return a * Math.abs(matrix[2]) + b * Math.abs(matrix[6]) + c * tilt;
    case "ellipsoid": return Math.hypot(a * matrix[2], b * matrix[6], c * tilt);
    case "mesh": return -lowest(shape.vertices, matrix);
    default: return 0;
  }
}

function lowest(vertices, matrix) {
  let least = Infinity;
  for (let i = 0; i < vertices.length; i += 3)
    least = Math.min(least, matrix[2] * vertices[i] + matrix[6] * vertices[i + 1] + matrix[10] * vertices[i + 2]);
  return least;
}

/** A surface of revolution about z. `profile`: rows of radius, z and normal (radial, z), from the bottom up. */
function revolve(profile, segments) {
  const vertices = [], indices = [];
  for (const [radius, z, normalRadial, normalZ] of profile)
    for (let i = 0; i <= segments; i++) {
      const angle = 2 * Math.PI * i / segments, x = Math.cos(angle), y = Math.sin(angle);
      vertices.push(radius * x, radius * y, z, normalRadial * x, normalRadial * y, normalZ);
    }
  const stride = segments + 1;
  for (let row = 0; row + 1 < profile.length; row++)
    for (let i = 0; i < segments; i++) {
      const a = row * stride + i, b = a + stride;
      indices.push(a, a + 1, b + 1, a, b + 1, b);
    }
  return { vertices, indices };
}

function capsuleProfile(radius, half, steps) {
  const profile = [];
  for (const side of [-1, 1])
    for (let i = 0; i <= steps; i++) {
      const angle = side < 0 ? -Math.PI / 2 * (1 - i / steps) : Math.PI / 2 * i / steps;
      profile.push([radius * Math.cos(angle), side * half + radius * Math.sin(angle), Math.cos(angle), Math.sin(angle)]);
    }
  return profile;
}

/** Flat ends, and a rim rounded a little so that it catches the light. */
function cylinderProfile(radius, half, steps) {
  const bevel = 0.12 * Math.min(radius, half);
  const rim = capsuleProfile(bevel, half - bevel, steps).map(([r, z, nr, nz]) => [r + radius - bevel, z, nr, nz]);
  return [[0, -half, 0, -1], ...rim, [0, half, 0, 1]];
}

/** A box whose edges are rounded a little: six faces, each a grid whose outer rows bend over the edge. */
function roundedBox(half) {
  const bevel = 0.1 * Math.min(...half), bend = 3;
  const vertices = [], indices = [];
  const line = [];
  for (const side of [-1, 1])
    for (let i = 0; i <= bend; i++) line.push([side, Math.tan(Math.PI / 4 * (side < 0 ? i / bend - 1 : i / bend))]);
  for (let axis = 0; axis < 3; axis++)
    for (const side of [-1, 1]) {
      const first = vertices.length / 6, u = (axis + 1) % 3, v = (axis + 2) % 3;
      for (const [signU, leanU] of line)
        for (const [signV, leanV] of line) {
          const direction = [0, 0, 0], sign = [0, 0, 0];
          direction[axis] = side; direction[u] = leanU; direction[v] = leanV;
          sign[axis] = side; sign[u] = signU; sign[v] = signV;
          const normal = normalized(direction);
          for (let k = 0; k < 3; k++) vertices.push(sign[k] * (half[k] - bevel) + bevel * normal[k]);
          vertices.push(...normal);
        }
      for (let i = 0; i + 1 < line.length; i++)
        for (let j = 0; j + 1 < line.length; j++) {
          const a = first + i * line.length + j, b = a + line.length;
          if (side > 0) indices.push(a, b, b + 1, a, b + 1, a + 1);
          else indices.push(a, b + 1, b, a, a + 1, b + 1);
        }
    }
  return { vertices, indices };
}

/** A ball drawn out along its axes; normals go the other way. */
function ellipsoid(half, detail) {
  const { vertices, indices } = revolve(capsuleProfile(1, 0, detail / 4), detail);
  for (let i = 0; i < vertices.length; i += 6) {
    const normal = normalized([0, 1, 2].map(k => vertices[i + 3 + k] / half[k]));
    for (let k = 0; k < 3; k++) {
      vertices[i + k] *= half[k];
      vertices[i + 3 + k] = normal[k];
    }
  }
  return { vertices, indices };
}

/** A surface of triangles: round where neighbours meet at less than 40 degrees, with an edge where they meet at more. */
function creased(points, triangles) {
  const at = i => [points[3 * i], points[3 * i + 1], points[3 * i + 2]];
  const areas = [], around = new Map();
  for (let i = 0; i < triangles.length; i += 3) {
    const [a, b, c] = [0, 1, 2].map(k => at(triangles[i + k]));
    areas.push(cross(subtract(b, a), subtract(c, a)));
    for (let k = 0; k < 3; k++) {
      const key = at(triangles[i + k]).join();
      if (!around.has(key)) around.set(key, []);
      around.get(key).push(i / 3);
    }
  }
  const units = areas.map(normalized), vertices = [], indices = [];
  triangles.forEach((vertex, i) => {
    const face = Math.floor(i / 3), point = at(vertex);
    const near = around.get(point.join()).filter(other => dot(units[face], units[other]) > 0.766);
    const normal = normalized(near.reduce((sum, other) => add(sum, areas[other]), [0, 0, 0]));
    vertices.push(...point, ...normal);
    indices.push(i);
  });
  return { vertices, indices };
}

/** Triangles of a shape about its origin; `detail` is the number of segments around. Six numbers a vertex: position, normal. */
function meshOf(shape, detail) {
  const [a, b, c] = shape.size;
  switch (shape.kind) {
    case "sphere": return revolve(capsuleProfile(a, 0, detail / 4), detail);
    case "capsule": return revolve(capsuleProfile(a, b, detail / 4), detail);
    case "cylinder": return revolve(cylinderProfile(a, b, 3), detail);
    case "box": return roundedBox([a, b, c]);
    case "ellipsoid": return ellipsoid([a, b, c], detail);
    case "mesh": return creased(shape.vertices, shape.triangles);
    default: return null;
  }
}
