/** The drawings of the page: lines on 24 by 24, one for each kind of device and each view. */
import type { JSX } from "preact";

const round = "M12 12m-8.5 0a8.5 8.5 0 1 0 17 0a8.5 8.5 0 1 0-17 0";
const drop = "M12 3s6 6.5 6 11a6 6 0 0 1-12 0c0-4.5 6-11 6-11z";
const waves = "M12 12m-2 0a2 2 0 1 0 4 0a2 2 0 1 0-4 0M7 7a7 7 0 0 0 0 10M17 7a7 7 0 0 1 0 10";
const bulb = "M9 18h6M10 21h4M12 3a6 6 0 0 0-4 10.5c.7.7 1 1.3 1 2.5h6c0-1.2.3-1.8 1-2.5A6 6 0 0 0 12 3z";
const mains = "M9 3v5M15 3v5M6 8h12v3a6 6 0 0 1-12 0zM12 17v4";
const door = "M6 21V4h12v17M4 21h16M14.5 12v1.5";
const flame = "M12 3c1 4 5 5.5 5 10a5 5 0 0 1-10 0c0-2 1-3.5 2-4.5.3 1.5 1 2.5 2 2.5 1.5 0 1-4.5 1-8z";

const drawings = {
  devices: "M4 11l8-7 8 7v9h-5v-6H9v6H4z",
  routines: `${round}M12 7v5l3.5 2`,
  connect: "M4 4h6v6H4zM14 4h6v6h-6zM4 14h6v6H4zM14 14h2v2h-2zM18 18h2v2h-2zM19 14h1M14 19v1",
  people: "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM3 20c0-3.5 2.5-6 6-6s6 2.5 6 6M16 4.5a3.5 3.5 0 0 1 0 6.5M17.5 14.3c2.2.8 3.5 2.8 3.5 5.7",
  hub: "M4 13h16v7H4zM8 16.5h1M12 13V9.5M8.5 7a5 5 0 0 1 7 0M6 4.5a8.5 8.5 0 0 1 12 0",
  light: bulb,
  "colour-light": bulb,
  plug: mains,
  meter: mains,
  lock: "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3M12 14.5v2",
  thermostat: "M10 14.5V5a2 2 0 0 1 4 0v9.5a4 4 0 1 1-4 0zM12 9v8",
  leak: drop,
  valve: drop,
  fan: "M12 12c0-5 1-8 4-8s2 5-4 8zM12 12c5 0 8 1 8 4s-5 2-8-4zM12 12c0 5-1 8-4 8s-2-5 4-8zM12 12c-5 0-8-1-8-4s5-2 8 4z",
  contact: door,
  "garage-door": "M4 21V9l8-5 8 5v12M8 21v-8h8v8M8 17h8",
  cover: "M4 4h16M5 4v16M19 4v16M5 8h14M5 12h14M5 16h14",
  siren: "M6 16v-5a6 6 0 0 1 12 0v5l1.5 2h-15zM10 21h4",
  smoke: flame,
  "carbon-monoxide": flame,
  blender: "M8 3h9l-1.5 11h-6zM9.5 14L9 18h7l-.5-4M8 21h9M6 6h2",
  button: `${round}M12 12m-3 0a3 3 0 1 0 6 0a3 3 0 1 0-6 0`,
  motion: waves,
  vibration: waves,
  illuminance: "M12 12m-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0M12 3v2M12 19v2M3 12h2M19 12h2M5.6 5.6L7 7M17 17l1.4 1.4M5.6 18.4L7 17M17 7l1.4-1.4",
  "air-quality": "M3 9h11a3 3 0 1 0-3-3M3 13h15a3 3 0 1 1-3 3M3 17h7a2 2 0 1 1-2 2",
  sensor: waves,
} as const;

/** The drawing of a view or a class of devices; waves for a class that has none. It says nothing to who listens: a word stands beside it. */
export function Icon({ name }: { readonly name: string }): JSX.Element {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={Object.hasOwn(drawings, name) ? drawings[name as keyof typeof drawings] : waves} />
    </svg>
  );
}
