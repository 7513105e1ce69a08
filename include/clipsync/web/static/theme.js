// Runs before the first paint: the theme is Airflow's. Its page keeps the choice as a class of its
// root element, and under "theme" in the local storage; without either the system decides.
(() => {
  const parentRoot = () => {
    try {
      return window.parent === window ? null : window.parent.document.documentElement;
    } catch {
      return null; // framed by another origin, which the policy forbids anyway
    }
  };
  const stored = () => {
    try {
      return localStorage.getItem("theme");
    } catch {
      return null; // storage switched off
    }
  };
  const apply = () => {
    const airflow = parentRoot();
    let theme = null;
    if (airflow?.classList.contains("dark")) theme = "dark";
    else if (airflow?.classList.contains("light")) theme = "light";
    else theme = stored();
    if (theme === "dark" || theme === "light") document.documentElement.dataset.theme = theme;
    else delete document.documentElement.dataset.theme;
  };
  apply();
  const airflow = parentRoot();
  if (airflow) new MutationObserver(apply).observe(airflow, { attributeFilter: ["class"] });
  window.addEventListener("storage", apply);
})();
