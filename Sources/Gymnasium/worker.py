"""Hosts Gymnasium environments for Sinew: started by it, ended with it, never run by hand.

Open files: 0 is a socket to Sinew, 1 and 2 go to its standard error, 3 is the memory that both see, 4 this script, 5
receives pictures. Over the socket goes one line of JSON each way for a start: what is to be made, and what its spaces
are; then one with the layout of the memory. From then on everything goes through the memory: Sinew writes an action and
counts up `asked`, this process steps, writes what came of it and counts up `answered`.
"""

import ast
import ctypes
import importlib
import importlib.util
import json
import mmap
import os
import platform
import signal
import struct
import sys
import time
import traceback
import warnings

SOCKET, MEMORY, PICTURES = 0, 3, 5
MAKE, RESET, STEP, RENDER, LOOP, LOOK, PLACE = range(1, 8)
OLDEST = (1, 0)


class Problem(Exception):
    """What is wrong, in one line; `fields` say more to Sinew."""

    def __init__(self, text, **fields):
        super().__init__(text)
        self.fields = fields


def one_line(error):
    """The error's kind and first line, and where it was raised."""
    if isinstance(error, Problem):
        return str(error)
    text = next((line.strip() for line in str(error).splitlines() if line.strip()), "")
    line = f"{type(error).__name__}: {text}" if text else type(error).__name__
    frames = [
        frame for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename != __file__ and f"{os.sep}gymnasium{os.sep}" not in frame.filename
    ]
    return f"{line} ({os.path.basename(frames[-1].filename)}, line {frames[-1].lineno})" if frames else line


# Starting.


def read_line():
    line = bytearray()
    while not line.endswith(b"\n"):
        some = os.read(SOCKET, 1 << 16)
        if not some:
            os._exit(0)
        line += some
    return json.loads(line)


def say(fields):
    rest = json.dumps(fields).encode() + b"\n"
    try:
        while rest:
            rest = rest[os.write(SOCKET, rest):]
    except OSError:
        os._exit(0)


def end_with_parent():
    """Has the kernel end this process when the thread of Sinew's that started it ends."""
    try:
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)
    except (AttributeError, OSError):
        pass  # Then waiting notices it.


def import_gymnasium():
    try:
        import numpy
        import gymnasium
    except ImportError as error:
        missing = (error.name or "gymnasium").split(".")[0]
        raise Problem(
            f"{sys.executable} (Python {platform.python_version()}) has no {missing}: "
            f"install it with {sys.executable} -m pip install 'gymnasium[mujoco]', "
            "or name another Python with --gym-python")
    version = tuple(int(part) for part in gymnasium.__version__.split(".")[:2] if part.isdigit())
    if version < OLDEST:
        raise Problem(
            f"gymnasium {gymnasium.__version__} of {sys.executable} is too old: 1.0 or newer is needed, "
            f"{sys.executable} -m pip install -U gymnasium")
    return numpy, gymnasium


def import_module(name):
    """A module that registers environments: its name, or the path of its file."""
    try:
        if not name.endswith(".py"):
            return importlib.import_module(name)
        # What is no regular file, such as a pipe that nobody writes into, could be waited for without end.
        if os.path.exists(name) and not os.path.isfile(name):
            raise ImportError("it is not a file")
        title = os.path.splitext(os.path.basename(name))[0]
        spec = importlib.util.spec_from_file_location(title, name)
        sys.path.insert(0, os.path.dirname(name))
        sys.modules[title] = module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    except Exception as error:
        raise Problem(f"the module {name} cannot be imported: {one_line(error)}")


def argument(text):
    """A keyword argument's value as JSON or Python write it; anything else is a text."""
    for read in (json.loads, ast.literal_eval):
        try:
            return read(text)
        except (ValueError, SyntaxError):
            pass
    return text


def make(gymnasium, request):
    arguments = {name: argument(text) for name, text in request["arguments"]}
    if request["renders"]:
        arguments["render_mode"] = "rgb_array"
    name = request["id"]
    try:
        return gymnasium.make(name, disable_env_checker=True, **arguments)
    except (gymnasium.error.NameNotFound, gymnasium.error.NamespaceNotFound, gymnasium.error.VersionNotFound):
        raise Problem(f"there is no environment {name}", unknown=name, known=sorted(gymnasium.registry))
    except (ImportError, gymnasium.error.DependencyNotInstalled) as error:
        raise Problem(f"a package is missing: {one_line(error)}")
    except Exception as error:
        raise Problem(f"cannot be made: {one_line(error)}")


# Spaces: a tree of Box, Dict and Tuple, flattened in Gymnasium's order into parts.


class Part:
    """A Box somewhere in a space: where it is found, and what its numbers are like."""

    def __init__(self, path, box, numpy):
        self.path, self.shape, self.dtype = path, box.shape, box.dtype
        self.name = ".".join(str(key) for key in path)
        self.is_bytes = box.dtype == numpy.uint8
        self.is_whole = box.dtype.kind in "iu"
        self.box = box
        self.numpy = numpy

    def bounds(self, array, inwards):
        """One number where all are equal; None for none; as 32-bit floats that lie within the 64-bit ones."""
        numpy = self.numpy
        exact = numpy.asarray(array, numpy.float64).ravel()
        single = exact.astype(numpy.float32)
        outside = single < exact if inwards > 0 else single > exact
        single = numpy.where(outside, numpy.nextafter(single, numpy.float32(inwards * numpy.inf)), single)
        if len(single) and (single == single[0]).all():
            single = single[:1]
        return [float(number) if numpy.isfinite(number) else None for number in single]

    def description(self):
        return {
            "name": self.name, "shape": list(self.shape), "bytes": bool(self.is_bytes),
            "low": self.bounds(self.box.low, 1), "high": self.bounds(self.box.high, -1),
        }


def parts_of(space, what, numpy, gymnasium, path=()):
    """The parts of a space, in the order in which Gymnasium flattens it."""
    spaces = gymnasium.spaces
    if isinstance(space, spaces.Dict):
        inner = space.spaces.items()
    elif isinstance(space, spaces.Tuple):
        inner = enumerate(space.spaces)
    elif isinstance(space, spaces.Box):
        if space.dtype.kind not in "fiub":
            raise Problem(f"the {what} space{at(path)} is a Box of {space.dtype}, which is not supported")
        if 0 in space.shape:
            raise Problem(f"the {what} space{at(path)} is empty: its shape is {space.shape}")
        return [Part(path, space, numpy)]
    else:
        raise Problem(
            f"the {what} space{at(path)} is {type(space).__name__}, which is not supported: "
            "only Box, and Dict and Tuple of Box, are")
    return [part for key, value in inner for part in parts_of(value, what, numpy, gymnasium, path + (key,))]


def at(path):
    return f" at {'.'.join(str(key) for key in path)}" if path else ""


class Numbers:
    """A stretch of the memory that holds an observation, part after part."""

    def __init__(self, memory, start, parts, offsets, numpy):
        self.asarray = numpy.asarray
        self.parts = []
        for part, offset in zip(parts, offsets):
            kind = numpy.uint8 if part.is_bytes else numpy.float32
            count = int(numpy.prod(part.shape, dtype=int))
            view = numpy.frombuffer(memory, kind, count, start + offset).reshape(part.shape)
            self.parts.append((part.path, part.shape, part, view))

    def write(self, observation):
        asarray = self.asarray
        for path, shape, part, view in self.parts:
            value = observation
            for key in path:
                value = value[key]
            value = asarray(value)
            if value.shape != shape or part.is_bytes and value.dtype != part.dtype:
                raise Problem(
                    f"the observation{at(path)} has shape {value.shape} of {value.dtype}, "
                    f"but its space says {shape} of {part.dtype}")
            view[...] = value


class Actions:
    """A stretch of the memory from which actions are read, in the form that the space has."""

    def __init__(self, memory, start, space, parts, numpy, gymnasium):
        self.numpy, self.views, offset = numpy, [], 0
        for part in parts:
            count = int(numpy.prod(part.shape, dtype=int))
            self.views.append(numpy.frombuffer(memory, numpy.float32, count, start + offset).reshape(part.shape))
            offset += 4 * count
        self.parts, self.space, self.spaces = parts, space, gymnasium.spaces
        simple = len(parts) == 1 and not parts[0].path
        if simple and parts[0].dtype == numpy.float32:
            self.read = self.views[0].copy
        elif simple:
            self.read = lambda: self.value(0)

    def value(self, index):
        part, view = self.parts[index], self.views[index]
        return self.numpy.rint(view).astype(part.dtype) if part.is_whole else view.astype(part.dtype)

    def read(self):
        values = iter(range(len(self.parts)))

        def build(space):
            if isinstance(space, self.spaces.Dict):
                return {key: build(inner) for key, inner in space.spaces.items()}
            if isinstance(space, self.spaces.Tuple):
                return tuple(build(inner) for inner in space.spaces)
            return self.value(next(values))

        return build(self.space)


# Serving.


class Words:
    """Counters that two processes see, and the system call that sleeps until one changes."""

    def __init__(self, memory):
        self.all = memoryview(memory).cast("I")
        self.address = ctypes.addressof(ctypes.c_char.from_buffer(memory))
        number = {"x86_64": 202, "aarch64": 98}.get(platform.machine())
        if number is None:
            raise Problem(f"processors of the kind {platform.machine()} are not supported")
        call = ctypes.CDLL(None).syscall
        word, place = ctypes.c_uint32, ctypes.c_void_p
        call.argtypes = [ctypes.c_long, place, ctypes.c_int, word, place, place, word]
        self.call, self.number = call, number
        self.second = (ctypes.c_long * 2)(1, 0)

    def wake(self, index):
        self.call(self.number, self.address + 4 * index, 1, 0x7FFFFFFF, None, None, 0)

    def sleep(self, index, value):
        """At most a second, so that a parent that has gone is noticed."""
        self.call(self.number, self.address + 4 * index, 0, value, ctypes.addressof(self.second), None, 0)


class Slot:
    """One environment, and its place in the memory."""

    OUTCOME = struct.Struct("=dBBbB")

    def __init__(self, host, number):
        layout, memory, numpy = host.layout, host.memory, host.numpy
        start = layout["first"] + number * layout["stride"]
        self.host, self.number, self.env = host, number, None
        self.words, self.memory = host.words.all, memory
        # As Sinew's WorkerMemory lays them out: what it writes, then what is written here.
        self.asked, self.command, self.eager = start // 4, start // 4 + 1, start // 4 + 2
        self.sleeping = start // 4 + 3
        self.seed = start + 16
        self.answered, self.status, self.length = start // 4 + 16, start // 4 + 17, start // 4 + 18
        self.outcome = start + 80
        self.message = start + layout["message"]
        self.actions = Actions(
            memory, start + layout["action"], host.space.action, host.action_parts, numpy, host.gymnasium)
        self.last = Numbers(memory, start + layout["final"], host.observation_parts, layout["parts"], numpy)
        self.next = Numbers(memory, start + layout["next"], host.observation_parts, layout["parts"], numpy)
        self.done = 0

    def answer(self):
        """Does what was asked for, and says so."""
        words, command = self.words, self.words[self.command]
        try:
            if command == STEP:
                self.step()
            elif command == RESET:
                self.reset(struct.unpack_from("=q", self.memory, self.seed)[0])
            elif command == MAKE:
                self.make()
            elif command == RENDER:
                self.render()
            elif command == LOOP:
                self.loop(struct.unpack_from("=q", self.memory, self.seed)[0])
            elif command == LOOK:
                self.look()
            elif command == PLACE:
                self.place()
            words[self.status] = 0
        except BaseException as error:
            text = one_line(error).encode()[: self.host.layout["message_size"]]
            self.memory[self.message : self.message + len(text)] = text
            words[self.length] = len(text)
            words[self.status] = 1
        self.done = (self.done + 1) & 0xFFFFFFFF
        words[self.answered] = self.done
        # Waking costs a system call. Where this reads the word before the other has written it, the other looks again.
        if words[self.sleeping]:
            self.host.words.wake(self.answered)

    def make(self):
        if self.env is not None:
            self.env.close()
        self.env = self.host.take_environment()

    def reset(self, seed):
        observation, info = self.env.reset(seed=None if seed < 0 else seed)
        if self.env.observation_space is not self.host.space.observation:
            if self.env.observation_space != self.host.space.observation:
                raise Problem("its observation space has changed since it was made")
        self.next.write(observation)
        self.put(0.0, False, False, info, False)

    def step(self):
        observation, reward, terminated, truncated, info = self.env.step(self.actions.read())
        self.last.write(observation)
        if (terminated or truncated) and self.words[self.eager]:
            # The next episode, while others are still stepped.
            self.put(reward, terminated, truncated, info, True)
            observation, _ = self.env.reset()
            self.next.write(observation)
        else:
            self.put(reward, terminated, truncated, info, False)

    def put(self, reward, terminated, truncated, info, has_reset):
        success = info.get("is_success")
        if success is None:
            success = info.get("success")
        success = -1 if success is None else 1 if self.host.numpy.any(success) else 0
        self.OUTCOME.pack_into(
            self.memory, self.outcome, reward, 1 if terminated else 0, 1 if truncated else 0, success, has_reset)

    def render(self):
        numpy = self.host.numpy
        picture = numpy.asarray(self.env.render())
        if picture.ndim != 3 or picture.shape[2] != 3 or picture.dtype != numpy.uint8:
            raise Problem(
                f"render() gives {picture.dtype} of shape {picture.shape}, not rows of red, green and blue bytes")
        data = numpy.ascontiguousarray(picture).tobytes()
        os.ftruncate(PICTURES, len(data))
        os.pwrite(PICTURES, data, 0)
        struct.pack_into("=dII", self.memory, self.outcome, 0.0, picture.shape[1], picture.shape[0])

    def look(self):
        """Writes where MuJoCo's robot is, how it moves and whether it touches anything; no numbers where there is no such robot."""
        inner, positions, velocities = self.env.unwrapped, (), ()
        data = getattr(inner, "data", None)
        if data is not None and hasattr(inner, "set_state") and hasattr(inner, "_get_obs"):
            positions, velocities = data.qpos, data.qvel
            if 16 + 8 * (len(positions) + len(velocities)) > self.host.layout["message_size"]:
                positions, velocities = (), ()
        touching = len(positions) > 0 and any(contact.dist < 0 for contact in data.contact)
        struct.pack_into(
            f"=IIII{len(positions) + len(velocities)}d", self.memory, self.message, len(positions), len(velocities), touching, 0,
            *positions, *velocities)

    def place(self):
        """Puts the robot where Sinew says, as the beginning of an episode."""
        count, rates = struct.unpack_from("=II", self.memory, self.message)
        numbers = self.host.numpy.array(struct.unpack_from(f"={count + rates}d", self.memory, self.message + 16))
        inner = self.env.unwrapped
        inner.set_state(numbers[:count], numbers[count:])
        self.next.write(inner._get_obs())

    def loop(self, count):
        """The bare loop of a Python program under random actions, to compare with: gives the seconds that it takes."""
        env = self.env
        actions = [env.action_space.sample() for _ in range(1024)]
        env.reset(seed=0)
        begin = time.perf_counter()
        for index in range(count):
            _, _, terminated, truncated, _ = env.step(actions[index & 1023])
            if terminated or truncated:
                env.reset()
        self.OUTCOME.pack_into(self.memory, self.outcome, time.perf_counter() - begin, 0, 0, -1, 0)


class Spaces:
    def __init__(self, env):
        self.observation, self.action = env.observation_space, env.action_space


class Host:
    """The environments of this process."""

    # Looks for the next request, some 40 ns each, and waits without a look, at most, after looking was in vain.
    LOOKS, MOST_SKIPPED = 2000, 16
    # Nanoseconds: more than Sinew needs to ask for a step.
    TAKEN = 200_000

    def __init__(self):
        self.parent = os.getppid()
        self.request = request = read_line()
        self.numpy, self.gymnasium = import_gymnasium()
        if request["quiet"]:
            # Another worker of the same environment says it.
            warnings.simplefilter("ignore")
        sys.path.append(os.getcwd())
        if request.get("module"):
            import_module(request["module"])
        self.fresh = make(self.gymnasium, request)
        self.space = Spaces(self.fresh)
        self.observation_parts = parts_of(self.space.observation, "observation", self.numpy, self.gymnasium)
        self.action_parts = parts_of(self.space.action, "action", self.numpy, self.gymnasium)
        self.skipped = self.misses = 0
        self.place = request.get("place")
        if self.place is not None:
            # Else caches are filled anew whenever workers change places.
            processors = sorted(os.sched_getaffinity(0))
            os.sched_setaffinity(0, {processors[self.place % len(processors)]})

    def take_environment(self):
        """The one that was made to see its spaces, once; then new ones."""
        env, self.fresh = self.fresh, None
        if env is None:
            env = make(self.gymnasium, self.request)
            if env.observation_space != self.space.observation or env.action_space != self.space.action:
                raise Problem("its spaces are others each time that it is made")
        return env

    def introduce(self):
        spec, inner = self.fresh.spec, self.fresh.unwrapped
        period, rate = getattr(inner, "dt", None), (self.fresh.metadata or {}).get("render_fps")
        if not isinstance(period, (int, float)) or not period > 0:
            period = 1 / rate if rate else None
        try:
            text = spec.to_json()
        except Exception:
            text = None  # Arguments that are no JSON.
        say({
            "observation": [part.description() for part in self.observation_parts],
            "action": [part.description() for part in self.action_parts],
            "limit": spec.max_episode_steps if spec else None, "period": period, "specification": text,
            "gymnasium": self.gymnasium.__version__,
        })
        self.layout = read_line()
        self.memory = mmap.mmap(MEMORY, self.layout["size"])
        self.words = Words(self.memory)
        self.slots = [Slot(self, number) for number in range(self.request["slots"])]
        say({"ready": True})

    def serve(self):
        words, slots, seen = self.words.all, self.slots, 0
        while True:
            seen = self.wait(seen)
            if words[1]:
                return
            for slot in slots:
                if words[slot.asked] != slot.done:
                    slot.answer()

    def wait(self, seen):
        """Until something was asked for: looks for it, the more seldom the more often that was in vain, then sleeps."""
        words = self.words.all
        if self.skipped < self.misses:
            self.skipped += 1
        else:
            self.skipped = 0
            for _ in range(self.LOOKS):
                if words[0] != seen:
                    self.misses = 0
                    return words[0]
                if self.place is not None and not self.offer():
                    break
            self.misses = min(self.misses + 1, self.MOST_SKIPPED)
        words[2] = 1
        while words[0] == seen:
            self.words.sleep(0, seen)
            if os.getppid() != self.parent:
                os._exit(0)
        words[2] = 0
        return words[0]

    def offer(self):
        """Lets Sinew have this processor, which it may need to ask for more; false where another program took it for long."""
        begin = time.perf_counter_ns()
        os.sched_yield()
        return time.perf_counter_ns() - begin < self.TAKEN

    def close(self):
        for env in [slot.env for slot in self.slots] + [self.fresh]:
            if env is not None:
                env.close()


def main():
    end_with_parent()
    for descriptor in range(3, 6):
        os.set_inheritable(descriptor, False)
    os.set_inheritable(SOCKET, False)
    try:
        host = Host()
        host.introduce()
    except BaseException as error:
        say(dict(getattr(error, "fields", {}), problem=one_line(error)))
        return
    host.serve()
    host.close()


main()
