// Draws the charts of the page. Their colours are properties of the style sheet, so they follow the reader's scheme,
// and the printer's, without being drawn again. The data stands in #drawings; window.modelLogs lets a test look.
(() => {
  "use strict";
  const { charts, config } = JSON.parse(document.getElementById("drawings").textContent);
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const options = { actions: false, renderer: "svg", config, tooltip: { theme: "page" } };

  async function draw() {
    const views = await Promise.all(charts.map(async (chart) => {
      const element = document.getElementById(`chart-${chart.element}`);
      const spec = { ...chart.spec, datasets: { answer: chart.rows } };
      return { panel: chart.panel, element, result: await window.vegaEmbed(element, spec, options) };
    }));
    window.modelLogs = { views, get scheme() { return dark.matches ? "dark" : "light"; } };
  }

  window.modelLogsReady = draw();
})();
