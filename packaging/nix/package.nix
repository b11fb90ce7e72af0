# gopahole for Nix, from the tree that this file is in. The version and the commit are those that a release writes into
# the file VERSION. scripts/test-recipes.sh says what the hash of the modules has to be.
{ lib, buildGoModule }:

let
  root = ../..;
  said = lib.splitString "\n" (lib.readFile (root + "/VERSION"));
  released = lib.pathExists (root + "/VERSION");
in
buildGoModule {
  pname = "gopahole";
  version = if released then lib.removePrefix "v" (lib.head said) else "devel";

  src = lib.cleanSource root;
  vendorHash = lib.removeSuffix "\n" (lib.readFile ./vendor-hash);

  # As the Makefile builds it: the command, and the one that reaches servers.
  env.CGO_ENABLED = 0;
  buildPhase = ''
    runHook preBuild
    make build
    runHook postBuild
  '';
  # The tests take minutes and compile what they compare with; make test has them.
  doCheck = false;
  installPhase = ''
    runHook preInstall
    make install PREFIX=$out
    runHook postInstall
  '';

  meta = {
    description = "DWARF to BTF encoder for Linux kernels and modules, compatible with pahole";
    homepage = "https://github.com/gopahole/gopahole";
    license = lib.licenses.bsd2;
    mainProgram = "gopahole";
    platforms = lib.platforms.linux;
  };
}
