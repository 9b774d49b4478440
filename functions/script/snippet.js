(function (w, d, src) {
  var p = w.plantrack = w.plantrack || [];
  if (p.load) return;
  "init identify track page reset consent".split(" ").forEach(function (m) {
    p[m] = function () { p.push([m].concat([].slice.call(arguments))); };
  });
  p.load = function (url, options) {
    var s = d.createElement("script");
    p._endpoint = url;
    if (options) p.init(options);
    s.src = src;
    d.head.appendChild(s);
  };
})(window, document, "SCRIPT");
plantrack.load("ENDPOINT");
plantrack.identify("USER_ID", { email: "EMAIL", name: "NAME", companyId: "COMPANY" });
