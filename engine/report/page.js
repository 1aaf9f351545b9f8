"use strict";
/* Draws the report's charts and hands out its files. Data become text or charts here, never HTML. */
(() => {
  document.documentElement.dataset.script = "runs";
  const data = JSON.parse(document.getElementById("data").textContent);
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const places = [...document.querySelectorAll("[data-chart]")];
  const PRINTED = 600;
  const CONFIG = {
    displaylogo: false, responsive: true, showSendToCloud: false, plotlyServerURL: "",
    modeBarButtonsToRemove: ["select2d", "lasso2d", "autoScale2d", "toImage"],
  };

  function figure(name, theme) {
    return structuredClone(data.charts[name][theme]);
  }

  function draw(place, theme, width) {
    const { data: traces, layout } = figure(place.dataset.chart, theme);
    if (width) layout.width = width;
    else layout.autosize = true;
    Plotly.react(place, traces, layout, CONFIG);
    place.dataset.drawn = theme;
  }

  const shown = () => (dark.matches ? "dark" : "light");
  const drawAll = (theme, width) => places.forEach((place) => draw(place, theme, width));

  /* one chart at a time, so that the page can be read and scrolled meanwhile */
  function drawNext(rest) {
    if (!rest.length) {
      document.documentElement.dataset.charts = "drawn";
      return;
    }
    if (!rest[0].dataset.drawn) draw(rest[0], shown());
    setTimeout(() => drawNext(rest.slice(1)), 0);
  }

  function save(name, type, content) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([content], { type }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  }

  function saveImage(name, format) {
    const { data: traces, layout } = figure(name, "light");
    Object.assign(layout, structuredClone(data.stills[name]));
    Plotly.downloadImage({ data: traces, layout }, {
      format, filename: `${data.run}-${name}`, width: 900, height: layout.height || 450, scale: format === "png" ? 2 : 1,
    });
  }

  function saveTable(name, form) {
    const type = form === "csv" ? "text/csv" : "text/x-tex";
    save(`${data.run}-${name}.${form}`, `${type};charset=utf-8`, data.tables[name][form]);
  }

  function toggleText(button) {
    const place = document.getElementById(button.getAttribute("aria-controls"));
    const show = button.getAttribute("aria-expanded") !== "true";
    place.replaceChildren(...(show ? [described(data.texts[Number(button.dataset.text)])] : []));
    place.hidden = !show;
    button.setAttribute("aria-expanded", String(show));
    button.textContent = show ? "Hide text" : "Show text";
  }

  function described(fields) {
    const list = document.createElement("dl");
    for (const [name, text] of fields) {
      for (const [tag, words] of [["dt", name], ["dd", text]]) {
        const element = document.createElement(tag);
        element.textContent = words;
        list.append(element);
      }
    }
    return list;
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.dataset.image) saveImage(button.dataset.of, button.dataset.image);
    else if (button.dataset.table) saveTable(button.dataset.of, button.dataset.table);
    else if (button.dataset.text) toggleText(button);
  });
  dark.addEventListener("change", () => drawAll(shown()));
  window.addEventListener("beforeprint", () => drawAll("light", PRINTED));
  window.addEventListener("afterprint", () => drawAll(shown()));
  drawNext(places);
})();
