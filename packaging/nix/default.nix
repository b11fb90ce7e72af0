# nix-build packaging/nix builds gopahole from this tree.
{ pkgs ? import <nixpkgs> { } }:
pkgs.callPackage ./package.nix { }
