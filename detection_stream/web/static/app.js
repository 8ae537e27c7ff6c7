"use strict";

// ---- Charts: each element with data-chart holds its numbers as JSON.

// The current theme's colour; the browser resolves it only on an element.
function css(name) {
  const probe = document.body.appendChild(document.createElement("i"));
  probe.style.color = `var(${name})`;
  const colour = getComputedStyle(probe).color;
  probe.remove();
  return colour;
}

function drawChart(element) {
  const data = JSON.parse(element.dataset.chart);
  const stacked = data.kind === "verdicts";
  const x = stacked ? data.x : data.x.map((at) => at / 1000);
  const raw = stacked ? data.series : [data.y];
  const names = stacked ? data.names : [data.label];
  const sums = raw.map((_, n) => x.map((_, i) => raw.slice(0, n + 1).reduce((t, s) => t + s[i], 0)));
  // Draw the highest sums first, so that lower ones are painted over them.
  const order = names.map((_, n) => n).reverse();
  const axis = { stroke: css("--faint"), grid: { stroke: css("--line"), width: 1 }, ticks: { show: false }, font: "12px system-ui" };
  const dates = (_, splits) => splits.map((at) => new Date(at * 1000).toLocaleDateString("en", { timeZone: "UTC", day: "numeric", month: "short" }));
  const series = order.map((n) => ({
    label: names[n],
    fill: css(stacked ? `--${names[n]}` : "--accent"),
    width: 0,
    points: { show: false },
    paths: uPlot.paths.bars({ size: [0.7, 40], radius: 0.15 }),
    value: (_, value, __, i) => (i === null || i === undefined ? "" : raw[n][i].toLocaleString("en")),
  }));
  element.replaceChildren();
  new uPlot({
    width: Math.max(element.clientWidth, 200),
    height: element.classList.contains("small-chart") ? 150 : 230,
    cursor: { y: false, points: { show: false } },
    legend: { show: stacked },
    scales: { x: { time: true, range: (_, low, high) => [low - 43200, high + 43200] }, y: { range: (_, __, high) => [0, Math.max(high, 1) * 1.05] } },
    tzDate: (at) => uPlot.tzDate(new Date(at * 1000), "Etc/UTC"),
    axes: [{ ...axis, values: dates, incrs: [1, 2, 3, 7, 14, 30, 60].map((days) => days * 86400) }, { ...axis, size: 46, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 50000, 100000, 1000000] }],
    series: [{ label: "day", value: (_, at) => (at ? new Date(at * 1000).toISOString().slice(0, 10) : "") }, ...series],
  }, [x, ...order.map((n) => sums[n])], element);
}

const charts = () => document.querySelectorAll("[data-chart]");
const drawCharts = () => { if (window.uPlot) charts().forEach(drawChart); };

// ---- Theme

function setUpTheme() {
  document.getElementById("theme")?.addEventListener("click", () => {
    const root = document.documentElement;
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    try { localStorage.setItem("theme", root.dataset.theme); } catch { /* then for this page only */ }
    drawCharts();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawCharts);
}

// ---- Live parts: paused while hidden, while in use, or by the button.

function setUpLive() {
  document.body.addEventListener("htmx:beforeRequest", (event) => {
    const part = event.target.closest("[data-live]");
    const button = document.getElementById("live");
    if (!part) return;
    const paused = button && button.getAttribute("aria-pressed") !== "true";
    const busy = part.contains(document.activeElement) || part.querySelector("details[open], :hover");
    if (document.hidden || paused || busy) event.preventDefault();
  });
  document.getElementById("live")?.addEventListener("click", ({ currentTarget }) => {
    currentTarget.setAttribute("aria-pressed", String(currentTarget.getAttribute("aria-pressed") !== "true"));
  });
}

// ---- Forms: the entity kind is part of the URL; empty fields are left out.

function setUpForms() {
  document.querySelectorAll("form.filters").forEach((form) => form.addEventListener("submit", () => {
    form.querySelectorAll("input, select").forEach((field) => { field.disabled = field.value === ""; });
    setTimeout(() => form.querySelectorAll("input, select").forEach((field) => { field.disabled = false; }), 0);
  }));
}

let resizing;
addEventListener("resize", () => { clearTimeout(resizing); resizing = setTimeout(drawCharts, 150); });
addEventListener("DOMContentLoaded", () => { setUpTheme(); setUpLive(); setUpForms(); drawCharts(); });
