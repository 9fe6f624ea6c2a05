// The data of the page, and what is computed from it once: poses, returns, where the camera looks.

function bytesOf(base64) {
  const text = atob(base64), bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes.buffer;
}

/** Undoes the packing: each of a shape's seven channels is constant or 16 bits between its least and greatest value. */
function unpackPoses(packed, frames, shapes) {
  const ranges = new Float32Array(bytesOf(packed.ranges)), codes = new Uint16Array(bytesOf(packed.codes));
  const channels = shapes * 7;
  const varying = [];
  for (let channel = 0; channel < channels; channel++) if (ranges[2 * channel + 1] > 0) varying.push(channel);
  if (ranges.length !== 2 * channels || codes.length !== frames * varying.length) throw new Error("the poses are incomplete");
  const poses = new Float32Array(frames * channels);
  for (let frame = 0; frame < frames; frame++)
    for (let channel = 0; channel < channels; channel++) poses[frame * channels + channel] = ranges[2 * channel];
  let next = 0;
  for (let frame = 0; frame < frames; frame++)
    for (const channel of varying) poses[frame * channels + channel] += codes[next++] / 65535 * ranges[2 * channel + 1];
  return poses;
}

function isConstant(poses, shape, shapes) {
  const channels = shapes * 7;
  for (let channel = shape * 7; channel < shape * 7 + 7; channel++)
    for (let i = channel; i < poses.length; i += channels) if (poses[i] !== poses[channel]) return false;
  return true;
}

/** A moving average applied three times over `width` frames: close to a Gaussian, and exact for steady motion. */
function smoothed(values, width) {
  const half = Math.max(0, Math.round(width / 2));
  let current = values;
  for (let pass = 0; pass < 3; pass++) {
    const last = current.length - 1, next = new Float32Array(current.length);
    // Beyond its ends the path goes on as it came: mirrored through the end point.
    const at = i => i < 0 ? 2 * current[0] - current[Math.min(-i, last)]
      : i > last ? 2 * current[last] - current[Math.max(2 * last - i, 0)] : current[i];
    let sum = 0;
    for (let i = -half; i <= half; i++) sum += at(i);
    for (let i = 0; i < current.length; i++) {
      next[i] = sum / (2 * half + 1);
      sum += at(i + half + 1) - at(i - half);
    }
    current = next;
  }
  return current;
}

class Episode {
  constructor(data, recording) {
    this.recording = recording;
    this.outcome = data.outcome;
    this.grounds = (data.grounds || []).map(({ shape, heights }) => ({ shape, heights: new Float32Array(bytesOf(heights)) }));
    this.frames = data.frames;
    this.interval = recording.interval;
    this.duration = (this.frames - 1) * this.interval;
    this.poses = unpackPoses(data.poses, this.frames, recording.shapes.length);
    this.rewards = new Float32Array(bytesOf(data.rewards));
    this.series = data.series.map(({ name, values }) => ({ name, values: new Float32Array(bytesOf(values)) }));
    if (this.rewards.length !== this.frames) throw new Error("the rewards are incomplete");
    let sum = 0;
    this.returns = Float64Array.from(this.rewards, reward => sum += reward);
    this.total = sum;
  }

  frameAt(time) { return clamp(Math.floor(time / this.interval + 1e-4), 0, this.frames - 1); }

  /** Poses between frames: positions on the line, rotations on the arc. */
  sample(time, poses) {
    const place = clamp(time / this.interval, 0, this.frames - 1);
    const frame = Math.min(Math.floor(place), Math.max(0, this.frames - 2)), part = place - frame;
    const channels = poses.length, from = frame * channels, to = Math.min(frame + 1, this.frames - 1) * channels;
    const all = this.poses;
    for (let offset = 0; offset < channels; offset += 7) {
      const a = from + offset, b = to + offset;
      for (let k = 0; k < 3; k++) poses[offset + k] = all[a + k] + part * (all[b + k] - all[a + k]);
      let cosine = 0;
      for (let k = 3; k < 7; k++) cosine += all[a + k] * all[b + k];
      const side = cosine < 0 ? -1 : 1;
      let square = 0;
      for (let k = 3; k < 7; k++) {
        const q = (1 - part) * all[a + k] + side * part * all[b + k];
        poses[offset + k] = q;
        square += q * q;
      }
      const scale = 1 / Math.sqrt(square || 1);
      for (let k = 3; k < 7; k++) poses[offset + k] *= scale;
    }
  }

  /** Centre of the moving shapes per frame, the camera's path along it, and the radius to be kept in view. */
  prepareTrack() {
    const { shapes, moving } = this.recording, channels = shapes.length * 7;
    const weights = moving.map(i => boundingRadius(shapes[i]) ** 2 + 1e-9), total = weights.reduce((a, b) => a + b, 0);
    this.centre = [0, 1, 2].map(axis => Float32Array.from({ length: this.frames }, (_, frame) =>
      moving.reduce((sum, shape, i) => sum + weights[i] * this.poses[frame * channels + shape * 7 + axis], 0) / total));
    const reach = path => {
      let radius = 0;
      for (let frame = 0; frame < this.frames; frame++)
        for (const shape of moving) {
          const at = frame * channels + shape * 7;
          const distance = Math.hypot(...[0, 1, 2].map(axis => this.poses[at + axis] - path[axis][frame]));
          radius = Math.max(radius, distance + boundingRadius(shapes[shape]));
        }
      return radius;
    };
    const size = reach(this.centre);
    const still = this.centre.map(values => {
      let low = Infinity, high = -Infinity;
      for (const value of values) { low = Math.min(low, value); high = Math.max(high, value); }
      return { range: high - low, path: new Float32Array(this.frames).fill((low + high) / 2) };
    });
    // A robot that stays about one place is watched from one place; along an axis on which it leaves, the camera goes with it.
    this.track = still.map(axis => axis.path);
    this.travels = reach(this.track) > 2 * size;
    if (this.travels)
      this.track = still.map((axis, i) => axis.range < 1.2 * size ? axis.path : smoothed(this.centre[i], 0.4 / this.interval));
    this.radius = reach(this.track) || 1;
  }

  /** Whether no moving shape leaves its height. */
  staysLevel() {
    const { shapes, moving } = this.recording, channels = shapes.length * 7;
    return moving.every(shape => {
      for (let at = shape * 7 + 2; at < this.poses.length; at += channels)
        if (Math.abs(this.poses[at] - this.poses[shape * 7 + 2]) > 1e-3 * boundingRadius(shapes[shape])) return false;
      return true;
    });
  }

  /** Looks at everything there is from one place. */
  watchWhole(solid) {
    const { shapes } = this.recording, channels = shapes.length * 7;
    const low = [Infinity, Infinity, Infinity], high = [-Infinity, -Infinity, -Infinity];
    for (let frame = 0; frame < this.frames; frame++)
      for (const shape of solid)
        for (let axis = 0; axis < 3; axis++) {
          const at = this.poses[frame * channels + shape * 7 + axis];
          low[axis] = Math.min(low[axis], at);
          high[axis] = Math.max(high[axis], at);
        }
    this.track = low.map((value, axis) => new Float32Array(this.frames).fill((value + high[axis]) / 2));
    this.travels = false;
    this.radius = Math.hypot(...low.map((value, axis) => high[axis] - value)) / 2 || 1;
  }

  along(path, time) {
    const place = clamp(time / this.interval, 0, this.frames - 1), frame = Math.floor(place);
    const next = Math.min(frame + 1, this.frames - 1);
    return path.map(values => values[frame] + (place - frame) * (values[next] - values[frame]));
  }

  /** Metres over the ground since the start. */
  distance(frame) {
    return Math.hypot(this.centre[0][frame] - this.centre[0][0], this.centre[1][frame] - this.centre[1][0]);
  }

  /** Metres a second over the ground, averaged over half a second. */
  speed(frame) {
    const half = Math.max(1, Math.round(0.25 / this.interval));
    const from = Math.max(0, frame - half), to = Math.min(this.frames - 1, frame + half);
    if (to === from) return 0;
    const dx = this.centre[0][to] - this.centre[0][from], dy = this.centre[1][to] - this.centre[1][from];
    return Math.hypot(dx, dy) / ((to - from) * this.interval);
  }
}

class Recording {
  constructor(data) {
    this.interval = data.interval;
    this.shapes = data.shapes;
    this.shapes.forEach(unpackMesh);
    this.episodes = data.episodes.map(episode => new Episode(episode, this));
    const solid = this.shapes.map((_, i) => i).filter(i => this.shapes[i].kind !== "plane" && this.shapes[i].colour[3] > 0);
    const moving = solid.filter(i => this.episodes.some(episode => !isConstant(episode.poses, i, this.shapes.length)));
    this.moving = moving.length ? moving : solid;
    const still = solid.filter(i => !this.moving.includes(i));
    this.isTable = still.length > 0 && this.episodes.every(episode => episode.staysLevel());
    for (const episode of this.episodes) {
      episode.prepareTrack();
      if (this.isTable) episode.watchWhole(solid);
    }
    this.floor = this.shapes.some(shape => shape.kind === "plane") ? null : this.lowestPoint(solid);
  }

  /** Gives ground the heights of an episode; its `version` tells a drawer that it is not what it was. */
  showGround(episode) {
    for (const shape of this.shapes) if (shape.original && shape.version) {
      shape.vertices = shape.original;
      shape.version = 0;
    }
    for (const { shape: index, heights } of episode.grounds) {
      const shape = this.shapes[index];
      shape.original = shape.original || shape.vertices;
      shape.vertices = shape.original.slice();
      heights.forEach((height, i) => { shape.vertices[3 * i + 2] = height; });
      shape.version = 1 + this.episodes.indexOf(episode);
    }
  }

  /** Where a backdrop goes under a model that has no ground of its own. */
  lowestPoint(solid) {
    let lowest = Infinity;
    const channels = this.shapes.length * 7;
    for (const { poses, frames } of this.episodes)
      for (let frame = 0; frame < frames; frame++)
        for (const shape of frame ? this.moving : solid) {
          const offset = frame * channels + shape * 7;
          lowest = Math.min(lowest, poses[offset + 2] - reachBelow(this.shapes[shape], poses, offset));
        }
    return lowest - 0.03 * this.episodes[0].radius;
  }
}
