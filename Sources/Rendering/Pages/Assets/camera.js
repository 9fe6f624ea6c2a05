// The view: an orbit about a point that follows the robot.

const homeView = { azimuth: -64, elevation: 13, zoom: 1 };
/** For what moves over a table: from above, x to the right and y up. */
const tableView = { azimuth: -90, elevation: 62, zoom: 1.15 };

class Camera {
  constructor(isTable) {
    this.home = isTable ? tableView : homeView;
    this.verticalAngle = 28 * Math.PI / 180;
    this.reset();
  }

  reset() {
    Object.assign(this, this.home);
    this.pan = [0, 0, 0];
  }

  orbit(dx, dy) {
    this.azimuth = ((this.azimuth - dx * 0.35 + 540) % 360) - 180;
    this.elevation = clamp(this.elevation + dy * 0.3, -20, 89);
  }

  zoomBy(factor) { this.zoom = clamp(this.zoom * factor, 0.1, 12); }

  /** Moves the point looked at by pixels of the screen. */
  panBy(dx, dy, heightInPixels) {
    const metres = 2 * this.distance * Math.tan(this.verticalAngle / 2) / heightInPixels;
    const { right, above } = this;
    this.pan = add(this.pan, add(scaled(right, -dx * metres), scaled(above, dy * metres)));
  }

  /** Computes the matrices for a view that keeps a ball of `radius` about `target` in sight. */
  update(target, radius, aspect, groundHeight) {
    const azimuth = this.azimuth * Math.PI / 180, elevation = this.elevation * Math.PI / 180;
    const direction = [
      Math.cos(elevation) * Math.cos(azimuth), Math.cos(elevation) * Math.sin(azimuth), Math.sin(elevation)];
    this.target = add(target, this.pan);
    const narrow = Math.min(1, aspect * 1.05);
    this.distance = 1.06 * radius / (Math.sin(this.verticalAngle / 2) * narrow * this.zoom);
    this.eye = add(this.target, scaled(direction, this.distance));
    if (groundHeight !== null) this.eye[2] = Math.max(this.eye[2], groundHeight + 0.03 * radius);
    this.view = lookAt(this.eye, this.target, [0, 0, 1]);
    this.projection = perspective(this.verticalAngle, aspect, this.distance * 0.02, this.distance * 60 + 400 * radius);
    this.matrix = multiply(this.projection, this.view);
    this.right = [this.view[0], this.view[4], this.view[8]];
    this.above = [this.view[1], this.view[5], this.view[9]];
    this.back = [this.view[2], this.view[6], this.view[10]];
    this.aspect = aspect;
    this.radius = radius;
  }
}

/** Drag to orbit, shift or right drag to move, wheel or pinch to zoom; every change calls `changed`. */
function attachGestures(canvas, camera, changed) {
  const pointers = new Map();
  const middle = () => {
    const points = [...pointers.values()];
    return [0, 1].map(k => points.reduce((sum, point) => sum + point[k], 0) / points.length);
  };
  const spread = () => {
    const [a, b] = [...pointers.values()];
    return Math.hypot(a[0] - b[0], a[1] - b[1]);
  };
  canvas.addEventListener("pointerdown", event => {
    canvas.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, [event.clientX, event.clientY]);
  });
  canvas.addEventListener("pointermove", event => {
    if (!pointers.has(event.pointerId)) return;
    const before = middle(), spreadBefore = pointers.size === 2 ? spread() : 0;
    pointers.set(event.pointerId, [event.clientX, event.clientY]);
    const after = middle(), dx = after[0] - before[0], dy = after[1] - before[1];
    if (pointers.size === 1 && !event.shiftKey && !(event.buttons & 2)) camera.orbit(dx, dy);
    else camera.panBy(dx, dy, canvas.clientHeight);
    if (pointers.size === 2 && spreadBefore > 0) camera.zoomBy(spread() / spreadBefore);
    changed();
  });
  for (const name of ["pointerup", "pointercancel"])
    canvas.addEventListener(name, event => pointers.delete(event.pointerId));
  canvas.addEventListener("contextmenu", event => event.preventDefault());
  canvas.addEventListener("dblclick", () => { camera.reset(); changed(); });
  canvas.addEventListener("wheel", event => {
    event.preventDefault();
    const lines = event.deltaMode === 1 ? 24 : 1;
    camera.zoomBy(Math.exp(-clamp(event.deltaY * lines, -200, 200) * 0.0016));
    changed();
  }, { passive: false });
}

/** The size of a ground tile in metres: a round number near the robot's own size. */
function tileSize(radius) {
  const wanted = radius * 0.8, power = 10 ** Math.floor(Math.log10(wanted));
  return power * [1, 2, 5, 10].reduce((best, step) => Math.abs(step * power - wanted) < Math.abs(best * power - wanted) ? step : best);
}

const palettes = {
  light: { zenith: [0.80, 0.862, 0.93], horizon: [0.947, 0.956, 0.968], tiles: [[0.902, 0.918, 0.938], [0.846, 0.87, 0.9]], shade: 0.52, rim: 0.22, ambient: 1 },
  dark: { zenith: [0.035, 0.045, 0.062], horizon: [0.085, 0.104, 0.134], tiles: [[0.165, 0.194, 0.238], [0.123, 0.147, 0.184]], shade: 0.3, rim: 0.32, ambient: 0.85 },
};
