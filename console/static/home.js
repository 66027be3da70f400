// Keeps the home page's figures moving: one stream of events, a table and three charts. Without it a reload does.
"use strict";

const live = document.getElementById("live");
const words = live.dataset;
const titles = JSON.parse(words.titles);
const locale = words.language === "fa" ? "fa-IR" : "en-GB";
const persian = words.language === "fa";
const LONGEST = 22; // Characters of a name beside a bar; the table has it whole.
const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
const tenth = new Intl.NumberFormat(locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const clock = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", timeZone: "Asia/Tehran", hour12: false });
const title = (system) => titles[system] ?? system;
const short = (system) => (title(system).length > LONGEST ? `${title(system).slice(0, LONGEST - 1)}…` : title(system));
const span = (ms) =>
  ms === null ? "—"
  : ms < 1000 ? words.milliseconds.replace("{count}", whole.format(Math.round(ms)))
  : words.seconds.replace("{count}", tenth.format(ms / 1000));

const rows = document.querySelector("#figures tbody");
const fill = (systems) => {
  const made = systems.map((one) => {
    const row = document.createElement("tr");
    const head = document.createElement("th");
    head.scope = "row";
    const name = document.createElement("bdi");
    name.textContent = title(one.system);
    head.append(name);
    const figures = [one.accepted, one.answered, one.refused, one.under_way, one.stuck].map((n) => whole.format(n));
    const cells = [...figures, span(one.median_ms), span(one.p95_ms)].map((text) => {
      const cell = document.createElement("td");
      cell.className = "figure";
      cell.textContent = text;
      return cell;
    });
    row.append(head, ...cells);
    return row;
  });
  rows.replaceChildren(...made);
  document.getElementById("quiet").hidden = systems.length > 0;
};

// Charts: colours are the page's own, so that they follow light and dark.
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const MOST = 5;
const charts = {};
const shades = () => [1, 0.75, 0.55, 0.4, 0.28, 0.18].map((part) => `color-mix(in srgb, ${colour("--accent")} ${part * 100}%, ${colour("--paper-3")})`);
const resolved = (mixed) => {
  const probe = document.createElement("i");
  probe.style.color = mixed;
  document.body.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
};
const series = (label, data, tint) => ({ label, data, backgroundColor: tint, borderWidth: 0, maxBarThickness: 18 });

const sets = (told) => {
  const busiest = told.systems.slice(0, MOST);
  const tints = shades().map(resolved);
  const pick = (key) => busiest.map((one) => one[key]);
  return {
    traffic: {
      labels: told.minutes.map((minute) => clock.format(new Date(minute))),
      datasets: busiest.map((one, place) => series(short(one.system), one.per_minute, tints[place])),
    },
    outcomes: {
      labels: busiest.map((one) => short(one.system)),
      datasets: [
        series(words.answered, pick("answered"), colour("--good")),
        series(words.refused, pick("refused"), colour("--ink-3")),
        series(words.underWay, pick("under_way"), colour("--busy")),
        series(words.stuck, pick("stuck"), colour("--bad")),
      ],
    },
    latency: {
      labels: busiest.map((one) => short(one.system)),
      datasets: [series(words.median, pick("median_ms"), tints[0]), series(words.p95, pick("p95_ms"), tints[3])],
    },
  };
};

const options = (lying, stacked, write) => {
  const ink = colour("--ink-2"), line = colour("--line");
  const figures = { stacked, beginAtZero: true, ticks: { color: ink, maxTicksLimit: lying ? 4 : 5, maxRotation: 0, callback: (n) => whole.format(n), precision: 0 }, grid: { color: line }, border: { display: false } };
  const names = { stacked, ticks: { color: ink, maxRotation: 0, autoSkip: !lying, maxTicksLimit: lying ? MOST : 5 }, grid: { display: false }, border: { color: line } };
  const across = lying ? { ...figures, reverse: persian } : names;
  const along = lying ? names : figures;
  return {
    animation: false, responsive: true, maintainAspectRatio: false, indexAxis: lying ? "y" : "x", locale,
    scales: { x: across, y: { ...along, position: persian ? "right" : "left" } },
    plugins: {
      legend: { position: "bottom", rtl: persian, labels: { color: ink, boxWidth: 10, boxHeight: 10 } },
      tooltip: { rtl: persian, callbacks: { label: (at) => `${at.dataset.label}: ${write(at.raw ?? 0)}` } },
    },
  };
};

const draw = (told) => {
  if (typeof Chart === "undefined") return;
  document.getElementById("charts").hidden = told.systems.length === 0;
  const data = sets(told);
  const shapes = {
    traffic: [false, true, (n) => whole.format(n)],
    outcomes: [true, true, (n) => whole.format(n)],
    latency: [true, false, span],
  };
  for (const [name, shape] of Object.entries(shapes)) {
    if (charts[name]) {
      charts[name].data = data[name];
      charts[name].update("none");
    } else {
      charts[name] = new Chart(document.getElementById(`chart-${name}`), { type: "bar", data: data[name], options: options(...shape) });
    }
  }
};

const stream = document.getElementById("stream");
const say = (text, so) => {
  stream.textContent = text;
  stream.dataset.live = so ? "yes" : "no";
};
const follow = () => {
  const source = new EventSource(words.stream);
  source.addEventListener("open", () => say(words.live, true));
  source.addEventListener("error", () => say(words.lost, false));
  source.addEventListener("ended", () => {
    source.close();
    location.reload();
  });
  source.addEventListener("traffic", (event) => {
    const told = JSON.parse(event.data);
    fill(told.systems);
    draw(told);
  });
  addEventListener("pagehide", () => source.close());
};

if (typeof Chart === "undefined") {
  follow();
} else {
  Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
  // A canvas does not wait for a font by itself.
  document.fonts.load("12px Vazirmatn", "پ").then(follow, follow);
}
