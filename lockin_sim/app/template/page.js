/* Names of sliders and tabs for screen readers, keys of tabs, the buttons that save pictures, the way back, and the tour. */
(() => {
  const watched = new WeakSet(), shown = new WeakMap();
  const watch = root => {  // and every shadow root in it, now and later
    if (watched.has(root)) return;
    watched.add(root);
    new MutationObserver(() => look(root)).observe(root, {childList: true, subtree: true, characterData: true});
    look(root);
  };
  const look = root => {
    for (const each of root.querySelectorAll("*")) if (each.shadowRoot) watch(each.shadowRoot);
    if (root !== document && root.querySelector(".effects, [role=alert]")) document.querySelectorAll(".first").forEach(each => each.remove());
    const tabs = root.querySelector(".bk-header");
    if (tabs && tabs !== root.firstElementChild) root.prepend(tabs);  // keys reach them before what they lead to
    root.querySelectorAll(".bk-tab:not([role])").forEach(each => each.setAttribute("role", "button"));
    const pressed = root.querySelector(".bk-btn-group .bk-active"), strip = pressed?.parentElement;
    if (pressed && shown.get(strip) !== pressed.textContent) requestAnimationFrame(() => {  // in a strip, on a phone
      shown.set(strip, pressed.textContent);
      strip.scrollLeft = pressed.offsetLeft - strip.offsetLeft;
    });
    const handles = root.querySelectorAll(".noUi-handle"), title = root.querySelector(".bk-slider-title");
    handles.forEach((handle, n) => {
      const name = `${title ? title.textContent : ""}${handles.length > 1 ? [", from", ", to"][n] : ""}`;
      if (handle.getAttribute("aria-label") !== name) handle.setAttribute("aria-label", name);
    });
  };
  watch(document);

  document.addEventListener("keydown", event => {
    const [tab] = event.composedPath();
    if (!["Enter", " "].includes(event.key) || !tab.matches?.(".bk-tab")) return;
    event.preventDefault();
    tab.click();
  });

  const hosts = element => element ? [element, ...hosts(element.parentElement ?? element.getRootNode().host)] : [];
  const deep = (sel, root = document) => [...root.querySelectorAll(sel), ...[...root.querySelectorAll("*")]
    .filter(each => each.shadowRoot).flatMap(each => deep(sel, each.shadowRoot))];
  const asImage = async svg => {  // under its title, twice as fine as on the screen
    const copy = svg.cloneNode(true), image = new Image(), canvas = document.createElement("canvas");
    const {width, height} = svg.getBoundingClientRect(), room = 24;
    copy.setAttribute("width", width);
    image.src = `data:image/svg+xml,${encodeURIComponent(new XMLSerializer().serializeToString(copy))}`;
    await image.decode();
    [canvas.width, canvas.height] = [2 * width, 2 * (height + room)];
    const context = canvas.getContext("2d");
    context.fillStyle = "#fff";
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.fillStyle = "#1f2933";
    context.font = "600 28px system-ui, sans-serif";
    context.fillText(svg.previousElementSibling.textContent, 0, 32);
    context.drawImage(image, 0, 2 * room, canvas.width, 2 * height);
    return new Promise(done => canvas.toBlob(done));
  };
  const views = view => [view, ...[...view.children()].flatMap(views)];
  document.addEventListener("click", async event => {
    const path = event.composedPath(), pressed = path.find(each => each.tagName === "BUTTON");
    if (!pressed || pressed.textContent.trim() !== "Save as PNG") return;
    const charts = [...Bokeh.index].flatMap(views).filter(view => view.model.type === "Figure")
      .map(view => [view.el, view.model.name, () => view.export("png").to_blob()])
      .concat(deep("svg.effects").map(el => [el, "effects", () => asImage(el)]));
    const near = ([el]) => path.findIndex(each => hosts(el).includes(each));
    const [, name, drawn] = charts.sort((one, other) => near(one) - near(other))[0];
    const link = document.createElement("a");
    link.href = URL.createObjectURL(await drawn());
    link.download = `${name}.png`;
    link.click();
    URL.revokeObjectURL(link.href);
  });

  const copied = document.querySelector(".copied"), [said, text] = copied.children;
  document.addEventListener("click", async event => {
    const pressed = event.composedPath().find(each => each.tagName === "BUTTON");
    copied.hidden = true;
    if (!pressed || pressed.textContent.trim() !== "Copy this sentence, with its source") return;
    const [answers] = deep(".answers");
    if (!answers) return;
    const sentences = deep(".says", answers).map(each => each.textContent.trim());
    text.value = `${sentences.join("\n")}\nSource: ${answers.dataset.source}. ${location.href}`;
    copied.hidden = false;
    text.select();
    try {
      await navigator.clipboard.writeText(text.value);
      said.textContent = "Copied:";
    } catch {  // no clipboard without encryption or permission: what is selected can be copied by hand
      said.textContent = document.execCommand("copy") ? "Copied:" : "Selected: copy it with Ctrl+C, or by holding it.";
    }
  });

  // Panel adds an address for every change of it, even where the browser has just gone there: not those.
  const push = history.pushState.bind(history);
  history.pushState = (state, title, url) => { if (new URL(url, location.href).href !== location.href) push(state, title, url); };
  addEventListener("popstate", () => {
    const address = Bokeh.documents.flatMap(each => each.roots()).find(each => each.type.endsWith("Location"));
    address.setv({search: location.search, hash: location.hash});
  });

  const tour = document.querySelector(".tour"), opener = document.querySelector(".opener");
  const steps = [...tour.querySelectorAll("li")], [next, close] = tour.querySelectorAll("button");
  let at = -1;
  const show = to => {
    document.querySelectorAll(".pointed").forEach(part => part.classList.remove("pointed"));
    at = to < steps.length ? to : -1;
    tour.hidden = at < 0;
    if (at < 0) return opener.focus();
    steps.forEach((step, n) => { step.hidden = n !== at; });
    next.textContent = at + 1 < steps.length ? "Next" : "Done";
    const part = document.getElementById(tour.dataset.at = steps[at].dataset.at);
    part.classList.add("pointed");
    part.scrollIntoView({block: "start"});
    next.focus({preventScroll: true});
  };
  opener.addEventListener("click", () => show(0));
  next.addEventListener("click", () => show(at + 1));
  close.addEventListener("click", () => show(steps.length));
  document.addEventListener("keydown", event => { if (event.key === "Escape" && at >= 0) show(steps.length); });
})();
