// The page: time, controls, the figures beside the view, and links to a moment (#episode=2&t=1.2&play=0).

const element = id => document.getElementById(id);
const tell = text => { element("message").textContent = text; element("message").hidden = !text; };
const icons = { play: "M8 5v14l11-7z", pause: "M7 5h3.6v14H7zM13.4 5H17v14h-3.6z" };
const pauseAtEnd = 0.9; // seconds before an episode starts again

class Page {
  constructor(recording) {
    this.recording = recording;
    this.poses = new Float32Array(recording.shapes.length * 7);
    this.camera = new Camera(recording.isTable);
    this.time = 0;
    this.speed = 1;
    this.playing = !matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.looping = true;
    this.following = true;
    this.hiddenSeries = new Set();
    this.pixelRatio = Math.min(devicePixelRatio || 1, 2);
    this.plots = {
      reward: new Plot(element("rewardPlot"), "Reward per step over time", time => this.seek(time)),
      return: new Plot(element("returnPlot"), "Return so far over time", time => this.seek(time)),
    };
    this.makeDrawer();
    this.connect();
    this.chooseEpisode(0);
    this.readLink();
    requestAnimationFrame(now => this.tick(now));
  }

  makeDrawer() {
    let canvas = element("view");
    try {
      if (location.hash.includes("canvas=2d")) throw new Error("asked for in the link");
      this.drawer = new Renderer(canvas, this.recording);
    } catch (error) {
      // A canvas that once gave a WebGL context gives no other.
      const fresh = canvas.cloneNode(false);
      canvas.replaceWith(fresh);
      canvas = fresh;
      this.drawer = new Sketcher(canvas, this.recording);
      tell(`Drawn simply, without WebGL (${error.message}). A current browser with hardware acceleration shows it lit and shaded.`);
    }
    this.canvas = canvas;
    canvas.addEventListener("webglcontextlost", event => { event.preventDefault(); tell("The graphics device went away; waiting for it."); });
    canvas.addEventListener("webglcontextrestored", () => { tell(""); this.drawer = new Renderer(canvas, this.recording); this.redraw(); });
    attachGestures(canvas, this.camera, () => this.redraw());
    new ResizeObserver(() => this.resize()).observe(canvas);
  }

  resize() {
    this.canvas.width = Math.max(1, Math.round(this.canvas.clientWidth * this.pixelRatio));
    this.canvas.height = Math.max(1, Math.round(this.canvas.clientHeight * this.pixelRatio));
    this.draw();
  }

  // Controls

  connect() {
    const on = (id, name, action) => element(id).addEventListener(name, action);
    on("play", "click", () => this.setPlaying(!this.playing));
    on("back", "click", () => this.stepFrames(-1));
    on("forward", "click", () => this.stepFrames(1));
    on("loop", "click", () => this.toggleLoop());
    on("follow", "click", () => this.toggleFollow());
    on("resetView", "click", () => this.resetView());
    on("copyLink", "click", () => this.copyLink());
    on("scrub", "input", event => this.seek(event.target.valueAsNumber));
    on("speed", "change", event => this.setSpeed(Number(event.target.value)));
    on("episode", "change", event => this.chooseEpisode(event.target.selectedIndex));
    this.recording.episodes.forEach((episode, i) => {
      const text = [`Episode ${i + 1}`, `return ${format(episode.total, 4)}`, episode.outcome].filter(Boolean).join(" · ");
      element("episode").append(new Option(text, i));
    });
    element("episodeLabel").hidden = this.recording.episodes.length < 2;
    document.addEventListener("keydown", event => this.key(event));
    addEventListener("hashchange", () => this.readLink());
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.setTheme());
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const inSelect = event.target.tagName === "SELECT", onButton = event.target.tagName === "BUTTON";
    if (inSelect || (onButton && event.key === "Enter")) return;
    const many = event.shiftKey ? 10 : 1;
    const actions = {
      " ": () => this.setPlaying(!this.playing),
      ArrowLeft: () => this.stepFrames(-many), ArrowRight: () => this.stepFrames(many),
      ArrowUp: () => this.stepSpeed(1), ArrowDown: () => this.stepSpeed(-1),
      Home: () => this.seek(0), End: () => this.seek(this.episode.duration),
      f: () => this.toggleFollow(), r: () => this.resetView(), l: () => this.toggleLoop(), c: () => this.copyLink(),
      n: () => this.chooseEpisode((this.episodeIndex + 1) % this.recording.episodes.length),
      "+": () => this.zoom(1.15), "=": () => this.zoom(1.15), "-": () => this.zoom(1 / 1.15),
    };
    const action = actions[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!action) return;
    event.preventDefault();
    action();
  }

  setPlaying(playing) {
    if (playing && this.time >= this.episode.duration) this.time = 0;
    this.playing = playing;
    this.rest = 0;
    this.showPlaying();
    this.redraw();
  }

  showPlaying() {
    element("playIcon").setAttribute("d", this.playing ? icons.pause : icons.play);
    element("play").setAttribute("aria-label", this.playing ? "Pause" : "Play");
  }

  seek(time) {
    this.time = clamp(time, 0, this.episode.duration);
    this.rest = 0;
    this.redraw();
  }

  stepFrames(count) {
    if (this.playing) this.setPlaying(false);
    this.seek((this.episode.frameAt(this.time) + count) * this.episode.interval);
  }

  setSpeed(speed) {
    const options = [...element("speed").options], values = options.map(option => Number(option.value));
    this.speed = values.reduce((best, value) => Math.abs(value - speed) < Math.abs(best - speed) ? value : best);
    element("speed").selectedIndex = values.indexOf(this.speed);
  }

  stepSpeed(direction) {
    const select = element("speed");
    this.setSpeed(Number(select.options[clamp(select.selectedIndex + direction, 0, select.options.length - 1)].value));
  }

  toggleLoop() {
    this.looping = !this.looping;
    element("loop").setAttribute("aria-pressed", this.looping);
  }

  toggleFollow() {
    this.following = !this.following;
    this.heldTarget = this.episode.along(this.episode.track, this.time);
    element("follow").setAttribute("aria-pressed", this.following);
    this.redraw();
  }

  resetView() {
    this.camera.reset();
    if (!this.following) this.toggleFollow();
    this.redraw();
  }

  zoom(factor) { this.camera.zoomBy(factor); this.redraw(); }

  async copyLink() {
    const { azimuth, elevation, zoom } = this.camera;
    const link = new URLSearchParams({ episode: this.episodeIndex + 1, t: this.time.toFixed(3), play: 0, speed: this.speed });
    for (const [name, value] of Object.entries({ azimuth, elevation, zoom }))
      if (value !== homeView[name]) link.set(name, Number(value.toFixed(2)));
    const url = location.href.split("#")[0] + "#" + link;
    try {
      await navigator.clipboard.writeText(url);
      tell("Link to this moment copied.");
    } catch {
      tell(url);
    }
    setTimeout(() => tell(""), 4000);
  }

  /** Applies what the part of the address after # says: episode, t, play, speed, azimuth, elevation, zoom, theme, panel. */
  readLink() {
    const link = new URLSearchParams(location.hash.slice(1));
    const number = (name, action) => { const value = parseFloat(link.get(name)); if (Number.isFinite(value)) action(value); };
    this.theme = link.get("theme");
    this.setTheme();
    element("page").classList.toggle("bare", link.get("panel") === "0");
    number("episode", value => this.chooseEpisode(clamp(Math.round(value) - 1, 0, this.recording.episodes.length - 1)));
    number("speed", value => this.setSpeed(value));
    number("azimuth", value => this.camera.azimuth = value);
    number("elevation", value => this.camera.elevation = clamp(value, -20, 89));
    number("zoom", value => this.camera.zoom = clamp(value, 0.1, 12));
    number("t", value => this.seek(value));
    number("play", value => this.playing = value !== 0);
    this.showPlaying();
    this.redraw();
  }

  setTheme() {
    const chosen = ["light", "dark"].includes(this.theme) ? this.theme : null;
    const theme = chosen || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
    document.documentElement.dataset.theme = theme;
    document.documentElement.style.colorScheme = theme;
    this.palette = palettes[theme];
    this.redraw();
  }

  // Episode

  chooseEpisode(index) {
    this.episodeIndex = index;
    const episode = this.episode = this.recording.episodes[index];
    this.recording.showGround(episode);
    element("episode").selectedIndex = index;
    element("scrub").max = episode.duration;
    this.heldTarget = episode.along(episode.track, 0);
    this.curves = [
      { name: "reward", values: episode.rewards, colour: "var(--accent)", soft: "var(--accent-soft)", main: true },
      ...episode.series.map(({ name, values }, i) => ({ name, values, colour: `var(--series-${i % 6 + 1})` })),
    ];
    if (episode.series.length > 4 && !this.chose) for (const { name } of episode.series) this.hiddenSeries.add(name);
    this.makeLegend();
    this.showCurves();
    this.plots.return.show(
      [{ values: episode.returns, colour: "var(--accent)", soft: "var(--accent-soft)", main: true }], episode.interval, episode.frames);
    const summary = element("summary"), bold = document.createElement("b");
    bold.textContent = `Return ${format(episode.total, 4)}`;
    const rest = [` in ${episode.frames - 1} steps, ${format(episode.duration)} s`, episode.outcome].filter(Boolean).join(" · ");
    summary.replaceChildren(bold, rest);
    element("motionName").textContent = episode.travels ? "Distance" : "Mean reward so far";
    this.seek(0);
  }

  makeLegend() {
    const legend = element("legend");
    legend.hidden = this.curves.length < 2;
    legend.replaceChildren(...this.curves.map(curve => {
      const button = document.createElement("button"), [mark, name, value] = ["i", "span", "b"].map(tag => document.createElement(tag));
      button.type = "button";
      button.style.setProperty("--curve", curve.colour);
      button.setAttribute("aria-pressed", !this.hiddenSeries.has(curve.name));
      name.textContent = curve.name;
      curve.value = value;
      button.append(mark, name, value);
      button.addEventListener("click", () => {
        this.chose = true;
        if (!this.hiddenSeries.delete(curve.name)) this.hiddenSeries.add(curve.name);
        button.setAttribute("aria-pressed", !this.hiddenSeries.has(curve.name));
        this.showCurves();
      });
      return button;
    }));
  }

  showCurves() {
    const shown = this.curves.filter(curve => !this.hiddenSeries.has(curve.name));
    this.plots.reward.show(shown.sort((a, b) => (a.main ? 1 : 0) - (b.main ? 1 : 0)), this.episode.interval, this.episode.frames);
    this.redraw();
  }

  // Drawing

  redraw() { this.stale = true; }

  tick(now) {
    requestAnimationFrame(next => this.tick(next));
    const elapsed = Math.min(0.25, (now - (this.lastTick || now)) / 1000);
    this.lastTick = now;
    if (this.playing) this.advance(elapsed);
    if (!this.stale) return;
    this.draw();
    this.adaptQuality(elapsed);
  }

  advance(elapsed) {
    const end = this.episode.duration;
    if (this.time < end) {
      this.time = Math.min(end, this.time + elapsed * this.speed);
      this.rest = 0;
      this.redraw();
    } else if (!this.looping) this.setPlaying(false);
    else if ((this.rest += elapsed) > pauseAtEnd) this.seek(0);
  }

  /** Fewer pixels where drawing is slow, as on a machine without a graphics device. */
  adaptQuality(elapsed) {
    this.slowFrames = this.playing && elapsed > 0.05 ? (this.slowFrames || 0) + 1 : 0;
    if (this.slowFrames < 8 || this.pixelRatio <= 0.5) return;
    this.slowFrames = 0;
    this.pixelRatio = Math.max(0.5, this.pixelRatio * 0.75);
    this.drawer.shadowSamples = 5;
    this.resize();
  }

  draw() {
    if (!this.palette) return;
    this.stale = false;
    const { episode, camera, canvas } = this;
    const plane = this.recording.shapes.findIndex(shape => shape.kind === "plane");
    episode.sample(this.time, this.poses);
    const target = this.following ? episode.along(episode.track, this.time) : this.heldTarget;
    camera.update(target, episode.radius, canvas.width / canvas.height, plane >= 0 ? this.poses[plane * 7 + 2] : this.recording.floor);
    this.drawer.draw(this.poses, camera, this.palette);
    this.showFigures();
  }

  showFigures() {
    const { episode, time } = this, frame = episode.frameAt(time);
    const scrub = element("scrub");
    scrub.value = time;
    scrub.style.setProperty("--progress", `${episode.duration ? time / episode.duration * 100 : 0}%`);
    scrub.setAttribute("aria-valuetext", `${time.toFixed(2)} of ${episode.duration.toFixed(2)} seconds`);
    const now = document.createElement("b");
    now.textContent = time.toFixed(2);
    element("clock").replaceChildren(now, ` / ${episode.duration.toFixed(2)} s`);
    const withUnit = (id, value, unit) => {
      const small = document.createElement("small");
      small.textContent = unit;
      element(id).replaceChildren(value, " ", small);
    };
    element("returnValue").textContent = format(episode.returns[frame], 4);
    element("rewardValue").textContent = format(episode.rewards[frame]);
    withUnit("stepValue", frame, `of ${episode.frames - 1}`);
    if (episode.travels) withUnit("motionValue", `${format(episode.distance(frame))} m`, `${format(episode.speed(frame), 2)} m/s`);
    else element("motionValue").textContent = format(episode.returns[frame] / Math.max(1, frame));
    for (const curve of this.curves) if (curve.value) curve.value.textContent = format(curve.values[frame]);
    for (const plot of Object.values(this.plots)) plot.moveCursor(time);
    element("scale").textContent = `tile ${format(tileSize(episode.radius), 2)} m`;
  }
}

try {
  new Page(new Recording(JSON.parse(element("replay").textContent)));
} catch (error) {
  tell(`This replay cannot be shown: ${error.message}.`);
  throw error;
}
