// Draws the charts of the page, and draws them again when the reader's colour scheme changes.
// The data stands in #drawings; window.modelLogs lets a test look at what was drawn.
(() => {
  "use strict";
  const { charts, config } = JSON.parse(document.getElementById("drawings").textContent);
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  let views = [];

  async function draw() {
    const scheme = dark.matches ? "dark" : "light";
    views.forEach(({ result }) => result.finalize());
    views = await Promise.all(charts.map(async (chart) => {
      const spec = { ...chart.spec[scheme], datasets: { answer: chart.rows } };
      const options = {
        actions: false, renderer: "svg", config: config[scheme], tooltip: { theme: scheme },
      };
      const element = document.getElementById(`chart-${chart.element}`);
      return { panel: chart.panel, element, result: await window.vegaEmbed(element, spec, options) };
    }));
    window.modelLogs = { scheme, views };
  }

  let drawing = draw();
  window.modelLogsReady = drawing;
  dark.addEventListener("change", () => {
    drawing = drawing.then(draw);
    window.modelLogsReady = drawing;
  });
})();
