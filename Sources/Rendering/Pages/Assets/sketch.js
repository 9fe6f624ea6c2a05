// Drawing without WebGL, on a plain canvas: every shape is convex, so its outline is the hull of its projected points.

function convexHull(points) {
  const sorted = points.slice().sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const half = list => {
    const chain = [];
    for (const p of list) {
      while (chain.length > 1) {
        const a = chain[chain.length - 2], b = chain[chain.length - 1];
        if ((b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0]) > 0) break;
        chain.pop();
      }
      chain.push(p);
    }
    chain.pop();
    return chain;
  };
  return [...half(sorted), ...half(sorted.slice().reverse())];
}

class Sketcher {
  constructor(canvas, recording) {
    this.canvas = canvas;
    this.recording = recording;
    this.context = canvas.getContext("2d");
    if (!this.context) throw new Error("this browser cannot draw on a canvas");
    this.points = recording.shapes.map(shape => {
      const mesh = meshOf(shape, 16), points = [];
      for (let i = 0; mesh && i < mesh.vertices.length; i += 6) points.push(mesh.vertices.slice(i, i + 3));
      return points;
    });
  }

  /** Pixel of a point, or null behind the eye; the third number is the depth. */
  project(camera, [x, y, z]) {
    const m = camera.matrix, w = m[3] * x + m[7] * y + m[11] * z + m[15];
    if (w < camera.distance * 0.02) return null;
    const u = (m[0] * x + m[4] * y + m[8] * z + m[12]) / w, v = (m[1] * x + m[5] * y + m[9] * z + m[13]) / w;
    return [(u + 1) / 2 * this.canvas.width, (1 - v) / 2 * this.canvas.height, w];
  }

  fill(points, style) {
    if (points.length < 3 || points.includes(null)) return;
    const { context } = this;
    context.beginPath();
    points.forEach(([x, y], i) => i ? context.lineTo(x, y) : context.moveTo(x, y));
    context.closePath();
    context.fillStyle = style;
    context.fill();
  }

  draw(poses, camera, palette) {
    const { context, canvas, recording } = this;
    const css = (colour, alpha = 1) => `rgba(${colour.map(c => Math.round(255 * clamp(c, 0, 1)))},${alpha})`;
    context.fillStyle = css(palette.horizon);
    context.fillRect(0, 0, canvas.width, canvas.height);
    const plane = recording.shapes.findIndex(shape => shape.kind === "plane");
    const height = plane >= 0 ? poses[plane * 7 + 2] : recording.floor;
    this.drawTiles(camera, palette, height, css);
    const solids = [];
    recording.shapes.forEach((shape, i) => {
      if (!this.points[i].length || shape.colour[3] <= 0) return;
      const matrix = poseMatrix(poses, i * 7);
      const world = this.points[i].map(([x, y, z]) => [0, 1, 2].map(k => matrix[k] * x + matrix[4 + k] * y + matrix[8 + k] * z + matrix[12 + k]));
      const centre = this.project(camera, [matrix[12], matrix[13], matrix[14]]);
      const cast = world.map(p => this.project(camera, subtract(p, scaled(lampDirection, (p[2] - height) / lampDirection[2]))));
      if (!cast.includes(null)) this.fill(convexHull(cast), css(palette.tiles[1].map(c => c * 0.75)));
      const outline = world.map(p => this.project(camera, p));
      if (centre && !outline.includes(null)) solids.push({ shape, hull: convexHull(outline), depth: centre[2] });
    });
    for (const { shape, hull } of solids.sort((a, b) => b.depth - a.depth)) {
      const xs = hull.map(p => p[0]), ys = hull.map(p => p[1]);
      const shading = context.createLinearGradient(Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys));
      const colour = shape.colour.slice(0, 3);
      shading.addColorStop(0, css(colour.map(c => c * 0.9 + 0.12), shape.colour[3]));
      shading.addColorStop(1, css(colour.map(c => c * 0.62), shape.colour[3]));
      this.fill(hull, shading);
    }
  }

  drawTiles(camera, palette, height, css) {
    const tile = tileSize(camera.radius), reach = 14;
    const x = Math.round(camera.target[0] / tile / 2) * 2, y = Math.round(camera.target[1] / tile / 2) * 2;
    for (let i = -reach; i < reach; i++)
      for (let j = -reach; j < reach; j++) {
        const alpha = clamp(1.25 - Math.hypot(i + 0.5, j + 0.5) / reach * 1.25, 0, 1);
        if (alpha <= 0) continue;
        const corners = [[0, 0], [1, 0], [1, 1], [0, 1]].map(([a, b]) =>
          this.project(camera, [(x + i + a) * tile, (y + j + b) * tile, height]));
        this.fill(corners, css(palette.tiles[(i + j) & 1], alpha));
      }
  }
}
